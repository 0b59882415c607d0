import "reflect-metadata";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { stringify } from "yaml";
import { contextsOf, MAX_KUBECONFIG_BYTES, readKubeconfig } from "../src";

const base64 = (text: string) => Buffer.from(text).toString("base64");
let certificate: string;
let key: string;

beforeAll(async () => {
  const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: "CN=test", keys, signingAlgorithm: { name: "ECDSA", hash: "SHA-256" } },
    webcrypto as unknown as Crypto,
  );
  certificate = base64(made.toString("pem"));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  key = base64(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
});

type Part = Record<string, unknown>;
const usual = { server: "https://api.example.com:6443" };

function file(cluster: Part = usual, user: Part | null = { token: "t0ken" }, more: Part = {}): string {
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "prod", cluster }],
    users: [{ name: "ci", user }],
    contexts: [{ name: "deploy", context: { cluster: "prod", user: "ci" } }],
    ...more,
  };
  return stringify(content, { aliasDuplicateObjects: false });
}

const context = (name: string, part: Part = { cluster: "prod", user: "ci" }) => ({ name, context: part });

describe("E19: a kubeconfig", () => {
  it("is reduced to one server and one log-in", () => {
    expect(readKubeconfig(file({ ...usual, "certificate-authority-data": certificate }))).toEqual({
      context: "deploy",
      cluster: "prod",
      user: "ci",
      server: "https://api.example.com:6443",
      namespace: "default",
      authority: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/),
      serverName: undefined,
      insecure: false,
      login: { token: "t0ken" },
    });
  });

  it("may have a client certificate, a namespace, a path and a name of the server", () => {
    const user = { "client-certificate-data": certificate, "client-key-data": key };
    const contexts = [context("deploy", { cluster: "prod", user: "ci", namespace: "shop" })];
    const server = { server: "https://rancher.example.com/k8s/clusters/c-1", "tls-server-name": "internal" };
    expect(readKubeconfig(file(server, user, { contexts }))).toMatchObject({
      server: "https://rancher.example.com/k8s/clusters/c-1",
      serverName: "internal",
      namespace: "shop",
      login: { key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/) },
    });
  });

  it("with several contexts needs a choice, unless one is the current one", () => {
    const contexts = [context("a"), context("b")];
    const several = file(usual, undefined, { contexts });
    expect(() => readKubeconfig(several)).toThrow('no current context. Choose one of "a", "b"');
    expect(readKubeconfig(several, { context: "b" }).context).toBe("b");
    expect(readKubeconfig(file(usual, undefined, { contexts, "current-context": "a" })).context).toBe("a");
    expect(contextsOf(several)).toEqual({ names: ["a", "b"], current: undefined });
  });

  it("without checks of the server's certificate is only taken if an admin accepts it", () => {
    const insecure = file({ ...usual, "insecure-skip-tls-verify": true });
    expect(() => readKubeconfig(insecure)).toThrow("insecure-skip-tls-verify");
    expect(readKubeconfig(insecure, { allowInsecure: true }).insecure).toBe(true);
  });

  const withServer = (server: string) => () => file({ server });
  const withUser = (user: Part | null) => () => file(usual, user);
  test.each<[what: string, source: () => string, message: string]>([
    ["too large", () => file() + " ".repeat(MAX_KUBECONFIG_BYTES), "bytes; at most 262144"],
    ["empty", () => "", "is not valid"],
    ["no YAML", () => "a: b: c", "is not valid YAML: line 1"],
    ["a list", () => "- a", "is not valid"],
    ["of two documents", () => `${file()}---\n${file()}`, "is not valid YAML"],
    ["with repeated keys", () => `${file()}users: []\n`, "is not valid YAML"],
    ["with aliases", () => `a: &a [x]\nb: [*a, *a]\n${file()}`, "aliases"],
    ["with a bomb of aliases", () => `a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n${file()}`, "aliases"],
    ["of deep brackets", () => "[".repeat(50_000), "is not valid"],
    ["with a tag for code", () => 'clusters: !!js/function "x"', "is not valid"],
    ["without contexts", () => file(usual, undefined, { contexts: [] }), "has no context"],
    [
      "with a context of no cluster",
      () => file(usual, undefined, { contexts: [context("x", { cluster: "y", user: "ci" })] }),
      '"y", which is not in the kubeconfig',
    ],
    [
      "with a context of no user",
      () => file(usual, undefined, { contexts: [context("x", { cluster: "prod", user: "z" })] }),
      '"z", which is not in the kubeconfig',
    ],
    [
      "with a cluster twice",
      () =>
        file(usual, undefined, {
          clusters: [
            { name: "prod", cluster: usual },
            { name: "prod", cluster: usual },
          ],
        }),
      "in the kubeconfig twice",
    ],
    [
      "with 101 clusters",
      () => file(usual, undefined, { clusters: Array.from({ length: 101 }, () => ({ name: "prod", cluster: usual })) }),
      "is not valid: clusters",
    ],
    ["with plain HTTP", withServer("http://api.example.com"), 'protocol "http:"'],
    ["with another protocol", withServer("file:///etc/passwd"), 'protocol "file:"'],
    ["without a URL", withServer("api.example.com"), "is not a URL"],
    ["with a password in the URL", withServer("https://user:secret@api.example.com"), "a user or a password"],
    ["with a query", withServer("https://api.example.com/?x=1"), "a query or a fragment"],
    ["with a proxy", () => file({ ...usual, "proxy-url": "http://proxy" }), "proxies are not supported"],
    ["with the file of an authority", () => file({ ...usual, "certificate-authority": "/etc/ca.crt" }), "it is a file"],
    [
      "with an authority that is no certificate",
      () => file({ ...usual, "certificate-authority-data": base64("hello") }),
      "not a certificate in PEM",
    ],
    [
      "with an authority that is not base64",
      () => file({ ...usual, "certificate-authority-data": "%%%" }),
      "is not base64",
    ],
    [
      "with a key as authority",
      () => file({ ...usual, "certificate-authority-data": key }),
      "not a certificate in PEM",
    ],
    ["that starts a program", withUser({ exec: { command: "sh" } }), "it starts a program"],
    ["that starts a program beside its token", withUser({ token: "t", exec: null }), "it starts a program"],
    ["with an auth provider", withUser({ "auth-provider": { name: "gcp" } }), "providers are not supported"],
    ["with the file of a token", withUser({ tokenFile: "/var/run/secrets/token" }), "it is a file"],
    ["with the file of a certificate", withUser({ "client-certificate": "/a" }), "it is a file"],
    ["with the file of a key", withUser({ "client-key": "/a" }), "it is a file"],
    ["with a password", withUser({ username: "a", password: "b" }), "passwords are not supported"],
    ["with impersonation", withUser({ token: "t", as: "system:admin" }), "impersonation is not supported"],
    [
      "with groups to impersonate",
      withUser({ token: "t", "as-groups": ["system:masters"] }),
      "impersonation is not supported",
    ],
    ["without a log-in", withUser({}), "neither a token nor a client certificate"],
    ["with no user at all", withUser(null), "neither a token nor a client certificate"],
    ["with a header in its token", withUser({ token: "t\r\nHost: x" }), "characters that no token has"],
    ["with a token that is a number", withUser({ token: 5 }), "is not valid: users.0.user.token"],
    ["with a certificate without a key", () => file(usual, { "client-certificate-data": certificate }), "needs both"],
    ["with a key without a certificate", () => file(usual, { "client-key-data": key }), "needs both"],
    [
      "with a key that is a certificate",
      () => file(usual, { "client-certificate-data": certificate, "client-key-data": certificate }),
      "not a private key",
    ],
  ])("is refused: %s", (_what, source, message) => {
    expect(() => readKubeconfig(source())).toThrow(message);
  });

  it("is never repeated in a message, except for names", () => {
    const secret = "s3cr3t-t0k3n";
    const sources = [
      file(usual, { token: [secret] }),
      file(usual, { token: `${secret}\n` }),
      file(usual, { token: secret, exec: { command: secret } }),
      file({ server: `https://a:${secret}@b` }),
      file({ ...usual, "certificate-authority-data": base64(secret) }),
      file(usual, { "client-certificate-data": base64(secret), "client-key-data": base64(secret) }),
      `${file(usual, { token: secret })}token: ${secret}: ${secret}\n`,
    ];
    for (const source of sources) {
      let message = "";
      try {
        readKubeconfig(source);
      } catch (error) {
        message = String(error);
      }
      expect(message).not.toBe("");
      expect(message).not.toContain(secret);
      expect(message).not.toContain(base64(secret).slice(0, 8));
    }
  });
});
