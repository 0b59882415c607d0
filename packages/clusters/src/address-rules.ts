import { lookup as resolve, type LookupAddress, type LookupOptions } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { refused } from "./cluster-error";

/** Networks and ports of API servers that may be reached. */
export interface AddressRules {
  /**
   * Private networks that an operator allows, in CIDR notation. Public addresses are always allowed; loopback, link-local,
   * metadata and multicast addresses never are.
   */
  readonly privateNetworks: readonly string[];
  /** Networks of the platform's own pods and Services, which are never allowed. */
  readonly ownNetworks: readonly string[];
  readonly ports: readonly number[];
}

/** Ranges that an operator may allow. Public addresses need no permission; no API server has an address of another range. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(["private", "uniqueLocal", "carrierGradeNat"]);
/**
 * Metadata services of clouds, which give the credentials of the machine to every pod. Some have addresses of ranges that an
 * operator may allow.
 */
const METADATA = ["fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32"];
/** Public IPv6 addresses. The others are forbidden, also where no range names them: some hold an internal IPv4 address. */
const PUBLIC_IPV6 = ["2000::/3"];

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, networks: readonly string[]): boolean {
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === address.kind() && address.match(base, bits);
  });
}

/** Why an address must not be connected to; undefined if it may be. */
export function addressProblem(address: string, rules: AddressRules): string | undefined {
  if (isIP(address) === 0) return "it is not an IP address";
  // An IPv4 address within an IPv6 one is judged as what it reaches.
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (isWithin(parsed, METADATA)) return "it is a metadata service";
  if (isWithin(parsed, rules.ownNetworks)) return "it belongs to the platform";
  if (range === "unicast" && parsed.kind() === "ipv6" && !isWithin(parsed, PUBLIC_IPV6))
    return "it is not a public address";
  if (range === "unicast") return undefined;
  if (!PRIVATE_RANGES.has(range)) return `it is ${/^[aeiou]/.test(range) ? "an" : "a"} ${range} address`;
  if (!isWithin(parsed, rules.privateNetworks)) return "it is in a private network that the platform does not allow";
  return undefined;
}

/**
 * Checks the parts of a server that can be checked without looking up its name.
 * @throws ClusterError
 */
export function requireServer(server: string, rules: AddressRules): void {
  const { hostname, port } = new URL(server);
  const number = port === "" ? 443 : Number(port);
  if (!rules.ports.includes(number))
    throw refused(`The server has the port ${number}; allowed are ${rules.ports.join(", ")}.`);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) > 0) requireAddress(host, host, rules);
}

function requireAddress(address: string, host: string, rules: AddressRules): void {
  const problem = addressProblem(address, rules);
  const which = address === host ? address : `${host} (${address})`;
  if (problem !== undefined) throw refused(`The server ${which} is not allowed: ${problem}.`);
}

/**
 * Looks up a name and answers only if all of its addresses are allowed. The connection is made to the addresses that were
 * checked, so a name that changes its address afterwards does not matter. Node.js does not look up IP addresses: check
 * those with {@link requireServer}.
 */
export function guardedLookup(rules: AddressRules, ask: typeof resolve = resolve): LookupFunction {
  return (host, options: LookupOptions, callback) => {
    ask(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, "", 0);
      try {
        for (const { address } of addresses) requireAddress(address, host, rules);
      } catch (problem) {
        return callback(problem as NodeJS.ErrnoException, "", 0);
      }
      const [first] = addresses;
      if (options.all === true) return callback(null, addresses);
      callback(null, first?.address ?? "", first?.family ?? 0);
    });
  };
}
