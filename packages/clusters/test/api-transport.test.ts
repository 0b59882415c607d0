import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import * as x509 from "@peculiar/x509";
import * as kubernetes from "@kubernetes/client-node";
import { type AddressRules, ApiTransport, type ClusterCredential, guardedLookup, readAll } from "../src";

const NAME = "api.cluster.test";
const TOKEN = "t0p-s3cr3t";
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function certificateFor(name: string, days: number) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 2 * 86_400_000),
      notAfter: new Date(Date.now() + days * 86_400_000),
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
    },
    webcrypto as unknown as Crypto,
  );
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: made.toString("pem"), key: x509.PemConverter.encode(der, "PRIVATE KEY") };
}

let server: Server;
let authority: string;
let connections = 0;
const transports: ApiTransport[] = [];

beforeAll(async () => {
  const { cert, key } = await certificateFor(NAME, 1);
  authority = cert;
  server = createServer({ cert, key }, (request, response) => {
    const answer = (status: number, body: object, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    switch (request.url) {
      case "/version":
        return answer(200, { gitVersion: "v1.36.3", major: "1", minor: request.headers.authorization });
      case "/moved":
        return answer(302, {}, { location: "https://127.0.0.1/secret" });
      case "/large":
        return answer(200, { text: "x".repeat(2_000_000) });
      case "/broken":
        return void request.socket.destroy();
      case "/half":
        return void response.writeHead(200).write("{");
      default:
      // Never answers.
    }
  });
  server.on("connection", () => (connections += 1));
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const port = () => (server.address() as AddressInfo).port;
const here: LookupFunction = (_host, options, callback) =>
  options.all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4);

interface Given extends Partial<ClusterCredential> {
  readonly lookup?: LookupFunction;
}

function open({ lookup = here, ...given }: Given = {}): ApiTransport {
  const credential: ClusterCredential = {
    context: "c",
    cluster: "c",
    user: "u",
    server: `https://${NAME}:${port()}`,
    namespace: "default",
    authority,
    serverName: undefined,
    insecure: false,
    login: { token: TOKEN },
    ...given,
  };
  const rules: AddressRules = { privateNetworks: [], ownNetworks: [], ports: [port()] };
  const transport = new ApiTransport(credential, { rules, timeoutMs: 500, maxAnswerBytes: 1_000_000, lookup });
  transports.push(transport);
  return transport;
}
const get = async (transport: ApiTransport, path: string) => {
  const answer = await transport.request(path, { method: "GET" });
  return { status: answer.status, body: (await readAll(answer)).toString() };
};

it("sends requests with the token of the kubeconfig, as the Kubernetes library makes them", async () => {
  const configuration = kubernetes.createConfiguration({
    baseServer: new kubernetes.ServerConfiguration("https://cluster.invalid", {}),
    httpApi: open().library(kubernetes),
  });
  const version = await new kubernetes.VersionApi(configuration).getCode();
  expect(version).toMatchObject({ gitVersion: "v1.36.3", minor: `Bearer ${TOKEN}` });
});

it("takes the server's certificate if an admin accepted any", async () => {
  const { cert } = await certificateFor("other", 1);
  expect(await get(open({ authority: cert, insecure: true }), "/version")).toMatchObject({ status: 200 });
});

it("does not follow redirects", async () => {
  expect(await get(open(), "/moved")).toMatchObject({ status: 302 });
});

test.each<[what: string, path: string, given: () => Given | Promise<Given>, message: string]>([
  ["that never answers", "/silent", () => ({}), "it did not answer in time"],
  ["that stops in the middle", "/half", () => ({}), "it stopped in the middle of its answer"],
  ["whose answer is too large", "/large", () => ({}), "its answer is too large"],
  ["that closes the connection", "/broken", () => ({}), "it closed the connection"],
  [
    "with another certificate",
    "/version",
    async () => ({ authority: (await certificateFor(NAME, 1)).cert }),
    "not of the authority",
  ],
  ["with a certificate for another name", "/version", () => ({ serverName: "other.test" }), "for another name"],
  [
    "without a name in the DNS",
    "/version",
    () => ({
      lookup: guardedLookup({ privateNetworks: [], ownNetworks: [], ports: [] }),
      server: `https://nowhere.invalid:${port()}`,
    }),
    "name",
  ],
])("names what is wrong with a server %s, and no credentials", async (_what, path, given, message) => {
  const failed = await get(open(await given()), path).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Error);
  expect(String(failed)).toContain(message);
  expect(JSON.stringify(failed, Object.getOwnPropertyNames(failed as object)) + String(failed)).not.toContain(TOKEN);
});

describe("makes no connection to a forbidden address", () => {
  const rules: AddressRules = { privateNetworks: [], ownNetworks: [], ports: [] };
  const answering = (...addresses: string[]) =>
    guardedLookup(rules, ((_host: string, _options: object, callback: (error: null, found: object[]) => void) =>
      callback(null, [{ address: addresses.length > 1 ? addresses.shift() : addresses[0], family: 4 }])) as never);

  it.each(["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1", "0"])(
    "as a literal: %s",
    async (host) => {
      const before = connections;
      await expect(get(open({ server: `https://${host}:${port()}` }), "/version")).rejects.toThrow("is not allowed");
      expect(connections).toBe(before);
    },
  );

  it("that a name leads to, at once or later", async () => {
    const before = connections;
    await expect(get(open({ lookup: answering("127.0.0.1") }), "/version")).rejects.toThrow("loopback");
    expect(connections).toBe(before);
    // The first address is a public one of the networks for documentation, where nobody answers.
    const transport = open({ lookup: answering("192.88.98.1", "127.0.0.1") });
    await expect(get(transport, "/version")).rejects.toThrow();
    await expect(get(transport, "/version")).rejects.toThrow("loopback");
    expect(connections).toBe(before);
  });

  it("through another port", async () => {
    await expect(get(open({ server: `https://${NAME}:22` }), "/version")).rejects.toThrow("port 22");
  });
});
