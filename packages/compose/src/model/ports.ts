import type { LossReport } from "../losses";
import { portRange, shortPort } from "../source/short-syntax";
import type { Reader } from "./reader";
import type { Port } from "./types";

/** Maximum number of ports of a Service. */
const MAX_PORTS = 100;
const PROTOCOLS = ["TCP", "UDP", "SCTP"] as const;

/** The ports of a service: `ports` in all its forms, and those that `expose` adds. */
export function readPorts(name: string, service: Reader, report: LossReport): Port[] {
  const all = [
    ...service.children("ports").flatMap((port) => readPort(port)),
    ...service.texts("expose").flatMap((text) => readExposed(text, service)),
  ];
  const unique = new Map<string, Port>();
  for (const port of all) {
    const key = `${port.target}/${port.protocol}`;
    const before = unique.get(key);
    unique.set(key, before ? { ...before, published: before.published ?? port.published } : port);
  }
  const kept = [...unique.values()].slice(0, MAX_PORTS);
  if (kept.length < unique.size)
    report.add(
      name,
      "ports",
      `${unique.size} ports`,
      `only the first ${MAX_PORTS} are carried over`,
      "use fewer ports",
    );
  return kept;
}

function readPort(port: Reader): Port[] {
  const [target, given] = [port.text("target") ?? "", port.text("published")];
  // Zero means any port of the host.
  const published = given !== undefined && /^0+$/.test(given) ? undefined : given;
  const targets = portRange(target);
  const outside = published === undefined || published === "" ? undefined : portRange(published);
  if (!targets) return (port.problem("target", `"${target}" is not a port from 1 to 65535`), []);
  if (published && !outside) return (port.problem("published", `"${published}" is not a port from 1 to 65535`), []);
  const protocolName = (port.text("protocol") || "tcp").toUpperCase();
  const protocol = PROTOCOLS.find((one) => one === protocolName);
  if (!protocol)
    return (port.problem("protocol", `"${protocolName.toLowerCase()}" is not a protocol; use tcp, udp or sctp`), []);
  const [first, last] = targets;
  const count = last - first + 1;
  if (outside && count > 1 && outside[1] - outside[0] + 1 !== count)
    return (port.problem("published", `"${published ?? ""}" has another length than "${target}"`), []);
  const common = { protocol, name: port.text("name"), appProtocol: port.text("app_protocol") };
  return Array.from({ length: count }, (_, index) => ({
    ...common,
    target: first + index,
    published: outside && count > 1 ? String(outside[0] + index) : published || undefined,
  }));
}

function readExposed(text: string, service: Reader): Port[] {
  const parsed = shortPort(text);
  const range = portRange(parsed?.target ?? "");
  const protocol = PROTOCOLS.find((one) => one === (parsed?.protocol ?? "tcp").toUpperCase());
  if (!range || !protocol) return (service.problem("expose", `"${text}" is not a port`), []);
  return Array.from({ length: range[1] - range[0] + 1 }, (_, index) => ({
    target: range[0] + index,
    published: undefined,
    protocol,
    name: undefined,
    appProtocol: undefined,
  }));
}

/** True for a port that a Service of type NodePort may use on the nodes. */
export function isNodePort(port: number): boolean {
  return port >= 30_000 && port <= 32_767;
}

/** Host ports that two entries publish. Compose could not start both; a cluster can, unless they become node ports. */
export function checkHostPorts(services: readonly (readonly [string, Reader])[], report: LossReport): void {
  const taken = new Map<string, string>();
  for (const [name, service] of services)
    for (const port of service.children("ports")) {
      const published = portRange(port.text("published") ?? "");
      const targets = portRange(port.text("target") ?? "");
      // A range for a single port means any port of the range.
      if (!published || (published[0] !== published[1] && targets?.[0] === targets?.[1])) continue;
      const [ip, protocol] = [port.text("host_ip") ?? "", port.text("protocol") ?? "tcp"];
      const numbers = Array.from({ length: published[1] - published[0] + 1 }, (_, index) => published[0] + index);
      const owner = (number: number) => taken.get(`${ip}:${number}/${protocol}`) ?? taken.get(`:${number}/${protocol}`);
      const [number] = numbers.filter((one) => owner(one) !== undefined);
      if (number !== undefined) {
        const text = `the host's port ${number}/${protocol} is taken by service "${owner(number)}"`;
        if (numbers.some((one) => isNodePort(one) && owner(one))) port.problem("", text, "publish another port");
        else
          report.add(name, "ports", `${number}/${protocol}`, `${text}; in the cluster both have it`, "leave one out");
      }
      for (const one of numbers) if (owner(one) === undefined) taken.set(`${ip}:${one}/${protocol}`, name);
    }
}

/** Reports a name that two ports of one service have. */
export function checkPortNames(service: Reader): void {
  const names = new Set<string>();
  for (const port of service.children("ports")) {
    const name = port.text("name");
    if (name !== undefined && names.has(name))
      port.problem("name", `"${name}" names two ports of this service`, "give each port a name of its own");
    if (name !== undefined) names.add(name);
  }
}
