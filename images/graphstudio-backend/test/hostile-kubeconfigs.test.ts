import { once } from "node:events";
import { type AddressInfo, createServer, type LookupFunction, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { type AddressRules, guardedLookup } from "@nexus/clusters";
import { captureLog } from "@nexus/testkit/log-capture";
import { ClusterConnector } from "../src/clusters/connector";
import { here } from "./cluster-world";

/** Counts every connection to any address of this machine. */
class Listener {
  connections = 0;
  private constructor(private readonly server: Server) {
    server.on("connection", (socket) => {
      this.connections += 1;
      socket.destroy();
    });
  }

  static async start(): Promise<Listener> {
    const server = createServer();
    await once(server.listen(0, "::"), "listening");
    return new Listener(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
  }
}

let listener: Listener;
beforeAll(async () => (listener = await Listener.start()));
afterAll(() => listener?.stop());

const TOKEN = "a-token-that-is-told-to-nobody";

type Part = Readonly<Record<string, unknown>>;

function kubeconfig(server: string, user: Part = {}, cluster: Part = {}): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    users: [{ name: "u", user: { token: TOKEN, ...user } }],
    contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
  });
}

/** Somebody's name server: names under `.test` lead where their owner wants. */
const answers: Readonly<Record<string, readonly string[]>> = {
  "loopback.test": ["127.0.0.1"],
  "loopback6.test": ["::1"],
  "mapped.test": ["::ffff:127.0.0.1"],
  "compatible.test": ["::127.0.0.1"],
  "every.test": ["0.0.0.0"],
  "mixed.test": ["93.184.216.34", "127.0.0.1"],
  "private.test": ["10.0.0.1"],
  "metadata.test": ["169.254.169.254"],
  "nat64.test": ["64:ff9b::7f00:1"],
};
const address = (text: string) => ({ address: text, family: text.includes(":") ? 6 : 4 });
const ask = ((host: string, _options: object, done: (error: Error | null, found: object[]) => void) => {
  const found = answers[host];
  if (found) return done(null, found.map(address));
  done(Object.assign(new Error("not found"), { code: "ENOTFOUND" }), []);
}) as unknown as Parameters<typeof guardedLookup>[1];

const OWN_NETWORKS = ["10.244.0.0/16", "10.96.0.0/12"];

function connectorWith(lookup: (rules: AddressRules) => LookupFunction, privateNetworks: readonly string[] = []) {
  const rules = { ports: [listener.port, 443], privateNetworks, ownNetworks: OWN_NETWORKS };
  const { log } = captureLog("graphstudio-backend");
  return new ClusterConnector({
    secrets: ["a-secret-of-the-stack"],
    rules,
    own: undefined,
    lookup: lookup(rules),
    log,
  });
}

/** What adding a cluster does with its kubeconfig. */
async function use(connector: ClusterConnector, source: string): Promise<string> {
  try {
    const health = await connector.check(connector.read(source, { context: undefined, allowInsecure: true }));
    return health.status;
  } catch (error) {
    return String(error instanceof Error && "detail" in error ? error.detail : error);
  }
}

const own = () =>
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === "IPv4" && !one.internal)?.address ?? "127.0.0.1";

type Hostile = [what: string, source: (port: number) => string, reason: string];
const at = (host: string) => (port: number) => kubeconfig(`https://${host}:${port}`);
const asking =
  (user: Part, cluster: Part = {}) =>
  (port: number) =>
    kubeconfig(`https://loopback.test:${port}`, user, cluster);

const hostile: Hostile[] = [
  ["the address of this machine", at("127.0.0.1"), "a loopback address"],
  ["another loopback address", at("127.9.9.9"), "a loopback address"],
  ["a loopback address with a dot behind it", at("127.0.0.1."), "a loopback address"],
  ["a loopback address with leading zeros", at("127.000.000.001"), "a loopback address"],
  ["a short loopback address", at("127.1"), "a loopback address"],
  ["a loopback address as one number", at("2130706433"), "a loopback address"],
  ["an octal loopback address", at("0177.0.0.1"), "a loopback address"],
  ["a hexadecimal loopback address", at("0x7f000001"), "a loopback address"],
  ["a loopback address in wide digits", at("１２７.0.0.1"), "a loopback address"],
  ["the loopback address of IPv6", at("[::1]"), "a loopback address"],
  ["the long loopback address of IPv6", at("[0:0:0:0:0:0:0:1]"), "a loopback address"],
  ["a loopback address within an IPv6 one", at("[::ffff:127.0.0.1]"), "a loopback address"],
  ["the same in hexadecimal", at("[::ffff:7f00:1]"), "a loopback address"],
  ["the same in an old notation", at("[::127.0.0.1]"), "is not allowed"],
  ["a loopback address behind NAT64", at("[64:ff9b::7f00:1]"), "is not allowed"],
  ["a loopback address in 6to4", at("[2002:7f00:1::]"), "is not allowed"],
  ["every address", at("0.0.0.0"), "an unspecified address"],
  ["every address as a zero", at("0"), "an unspecified address"],
  ["every address of IPv6", at("[::]"), "an unspecified address"],
  ["an own address of this machine", (port) => at(own())(port), "is not allowed"],
  ["a link-local address", at("[fe80::1]"), "a linkLocal address"],
  ["a metadata service", at("169.254.169.254"), "a linkLocal address"],
  ["a metadata service of IPv6", at("[fd00:ec2::254]"), "a metadata service"],
  ["a Service of the platform", at("10.96.0.1"), "it belongs to the platform"],
  ["a pod of the platform", at("10.244.0.7"), "it belongs to the platform"],
  ["a pod of the platform within an IPv6 address", at("[::ffff:10.244.0.7]"), "it belongs to the platform"],
  ["a private network", at("192.168.1.1"), "a private network that the platform does not allow"],
  ["a multicast address", at("224.0.0.1"), "a multicast address"],
  ["a broadcast address", at("255.255.255.255"), "a broadcast address"],
  ["a name that leads to this machine", at("loopback.test"), "a loopback address"],
  ["a name that leads to this machine by IPv6", at("loopback6.test"), "a loopback address"],
  ["a name with this machine within an IPv6 address", at("mapped.test"), "a loopback address"],
  ["a name with this machine in an old notation", at("compatible.test"), "is not allowed"],
  ["a name that leads to every address", at("every.test"), "an unspecified address"],
  ["a name of which one address is public", at("mixed.test"), "a loopback address"],
  ["a name that leads to a private network", at("private.test"), "a private network"],
  ["a name that leads to a metadata service", at("metadata.test"), "a linkLocal address"],
  ["a name that leads through NAT64", at("nat64.test"), "is not allowed"],
  ["a name in capitals with a dot", at("LOOPBACK.TEST"), "a loopback address"],
  [
    "a path that looks like a host",
    (port) => kubeconfig(`https://127.0.0.1:${port}/@93.184.216.34/`),
    "a loopback address",
  ],
  [
    "a user that looks like a host",
    (port) => kubeconfig(`https://93.184.216.34:443@127.0.0.1:${port}`),
    "a user or a password",
  ],
  ["a backslash before the host", (port) => kubeconfig(`https:\\\\127.0.0.1:${port}`), "a loopback address"],
  ["another port", () => kubeconfig("https://loopback.test:22"), "the port 22"],
  ["plain HTTP", (port) => kubeconfig(`http://127.0.0.1:${port}`), "only https: is allowed"],
  ["a proxy on this machine", asking({}, { "proxy-url": "http://127.0.0.1:1" }), "proxies are not supported"],
  [
    "a program that connects",
    asking({ exec: { command: "curl", args: ["https://127.0.0.1"] } }),
    "it starts a program",
  ],
  ["a provider that connects", asking({ "auth-provider": { name: "oidc" } }), "providers are not supported"],
  [
    "another name in the certificate",
    (port) => kubeconfig(`https://127.0.0.1:${port}`, {}, { "tls-server-name": "api.example.com" }),
    "a loopback address",
  ],
  [
    "an unchecked certificate",
    (port) => kubeconfig(`https://127.0.0.1:${port}`, {}, { "insecure-skip-tls-verify": true }),
    "a loopback address",
  ],
];

test("the listener sees a connection to this machine that is not forbidden", async () => {
  const before = listener.connections;
  expect(
    await use(
      connectorWith(() => here),
      at("loopback.test")(listener.port),
    ),
  ).toBe("unreachable");
  expect(listener.connections).toBeGreaterThan(before);
});

test.each(hostile)("%s: refused with its reason, and nothing is connected to", async (_what, source, reason) => {
  const before = listener.connections;
  const connector = connectorWith((rules) => guardedLookup(rules, ask));
  const told = await use(connector, source(listener.port));
  expect(told).toContain(reason);
  expect(told).not.toContain(TOKEN);
  expect(listener.connections).toBe(before);
});

test.each(hostile)("%s: the same where every private network is allowed", async (what, source) => {
  if (/private network|own address/.test(what)) return;
  const before = listener.connections;
  const connector = connectorWith((rules) => guardedLookup(rules, ask), ["0.0.0.0/0", "::/0"]);
  await use(connector, source(listener.port));
  expect(listener.connections).toBe(before);
});

test("an address is checked each time: a name that led elsewhere before is refused when it leads to this machine", async () => {
  const leads = ["93.184.216.34", "127.0.0.1"];
  const looks: string[] = [];
  const changing = ((_host: string, _options: object, done: (error: null, found: object[]) => void) => {
    looks.push(leads[looks.length] ?? "127.0.0.1");
    done(null, [address(looks.at(-1) ?? "")]);
  }) as unknown as typeof ask;
  const guarded = guardedLookup({ ports: [], privateNetworks: [], ownNetworks: [] }, changing);
  const first = await new Promise((resolve) => guarded("changing.test", {}, (_error, found) => resolve(found)));
  expect(first).toBe("93.184.216.34");
  const before = listener.connections;
  expect(
    await use(
      connectorWith(() => guarded),
      at("changing.test")(listener.port),
    ),
  ).toContain("a loopback address");
  expect(looks).toEqual(leads);
  expect(listener.connections).toBe(before);
});
