import { BlockList, isIP } from "node:net";
import { getProxyForUrl } from "proxy-from-env";

/**
 * The proxy for a server, according to HTTPS_PROXY, HTTP_PROXY and NO_PROXY as kubectl and Pulumi's provider read them:
 * loopback addresses are asked without a proxy, and NO_PROXY may contain networks such as 10.0.0.0/8 as well as names.
 * @param server URL of an API server
 * @returns the URL of the proxy, or undefined if there is none
 */
export function proxyFor(server: string): string | undefined {
  const host = new URL(server).hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || (isIP(host) > 0 && withoutProxy().check(host, family(host)))) return undefined;
  return getProxyForUrl(server) || undefined;
}

/** Matches loopback addresses and the networks of NO_PROXY; the library matches the names. */
function withoutProxy(): BlockList {
  const networks = new BlockList();
  const listed = (process.env.no_proxy ?? process.env.NO_PROXY ?? "").split(/[\s,]+/);
  for (const entry of ["127.0.0.0/8", "::1/128", ...listed]) {
    const [address = "", bits = ""] = entry.split("/");
    const length = /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
    if (isIP(address) > 0 && length <= (isIP(address) === 4 ? 32 : 128))
      networks.addSubnet(address, length, family(address));
  }
  return networks;
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}
