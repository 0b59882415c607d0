import { makeCertificate } from "@nexus/testkit/certificate";
import { load, problems } from "../../support/config";

const local = { cluster: { kind: "local" } };
const issuer = "https://login.example.com";
const backend = { studioUrl: "https://studio.example.com" };
const tenant = "3f2b8c1e-5d4a-4b6c-9e7f-0a1b2c3d4e5f";

/** The problems of a section `auth`, beside everything else that an issuer needs. */
const problemsOf = (auth: object, secrets: Record<string, string> = { oidcClientSecret: "secret" }) =>
  problems({ config: { ...local, auth, graphstudio: { backend } }, secrets });

const peerOf = async (oidc: object) => {
  const auth = { oidc: { clientId: "nexus", ...oidc } };
  const config = { ...local, auth, graphstudio: { backend } };
  const found = (await load({ config, secrets: { oidcClientSecret: "secret" } })).connections.issuer;
  return found && { peer: found.peer, port: found.port };
};

test("an issuer, a client, its secret and the studio's address are enough, with groups or without passwords", async () => {
  const oidc = { issuer, clientId: "nexus", groups: { "/platform/admins": { tenant, role: "admin" } } };
  expect(await problemsOf({ oidc })).toEqual([]);
  expect(await problemsOf({ oidc, passwords: false })).toEqual([]);
});

test("an issuer alone says everything that is missing", async () => {
  const config = { ...local, auth: { oidc: { issuer } } };
  expect(await problems({ config })).toEqual([
    "nexus:auth.oidc.clientId: is missing; signing in with auth.oidc.issuer needs it. Fix: pulumi config set --path 'nexus:auth.oidc.clientId' nexus",
    "nexus:graphstudio.backend.studioUrl: is missing; signing in with auth.oidc.issuer needs it. Fix: pulumi config set --path 'nexus:graphstudio.backend.studioUrl' https://studio.example.com",
    "nexus:oidcClientSecret: is missing; signing in with auth.oidc.issuer needs it. Fix: pulumi config set --secret nexus:oidcClientSecret <secret>",
  ]);
});

const fix = "Fix: pulumi config set --path 'nexus:auth.oidc.issuer' https://login.example.com";

test.each<[string, object, string]>([
  ["no passwords", { passwords: false }, 'auth.passwords "false" leaves no way to sign in'],
  ["a client", { oidc: { clientId: "nexus" } }, "auth.oidc.clientId applies only to it"],
  ["a network", { oidc: { network: "10.0.0.0/16" } }, "auth.oidc.network is that of an issuer"],
  ["groups", { oidc: { groups: { a: { tenant } } } }, "auth.oidc.groups are those of an issuer"],
])("%s without an issuer is a problem", async (_what, auth, text) => {
  expect(await problemsOf(auth, {})).toEqual([`nexus:auth.oidc.issuer: is missing; ${text}. ${fix}`]);
});

test("authorities without an issuer, or for one without TLS, are a problem", async () => {
  const { certificate: caCertificate } = await makeCertificate("authority");
  const unused = "auth.oidc.caCertificate is for that of an issuer";
  expect(await problemsOf({ oidc: { caCertificate } }, {})).toEqual([
    `nexus:auth.oidc.issuer: is missing; ${unused}. ${fix}`,
  ]);
  const plain = { issuer: "http://keycloak.login.svc", clientId: "nexus", caCertificate };
  expect(await problemsOf({ oidc: plain })).toEqual([
    "nexus:auth.oidc.caCertificate: is set, but auth.oidc.issuer asks for no encryption (https://). Fix: pulumi config rm --path 'nexus:auth.oidc.caCertificate'",
  ]);
  expect(await problemsOf({ oidc: { ...plain, issuer } })).toEqual([]);
  expect(await problemsOf({ oidc: { ...plain, issuer, caCertificate: "ca.pem" } })).toEqual([
    `nexus:auth.oidc.caCertificate: is not a certificate in PEM. Fix: pulumi config set --path 'nexus:auth.oidc.caCertificate' "$(cat ca.pem)"`,
  ]);
});

test("a secret without an issuer is a problem", async () => {
  expect(await problemsOf({})).toEqual([
    "nexus:oidcClientSecret: is set, but auth.oidc.issuer is not. Fix: pulumi config rm nexus:oidcClientSecret",
  ]);
});

test.each([
  "http://login.example.com",
  "https://login.example.com/?realm=a",
  "https://login.example.com/#a",
  "https://user:password@login.example.com",
  "http://10.0.0.1",
  "http://keycloak",
  "http://keycloak.svc.example.com",
  "ftp://login.example.com",
  "login.example.com",
  `https://login.example.com/${"a".repeat(500)}`,
])("an issuer that could be read on the way, or is none, is refused: %s", async (one) => {
  expect(await problemsOf({ oidc: { issuer: one, clientId: "nexus" } })).toEqual([
    expect.stringMatching(/^nexus:auth\.oidc\.issuer: .*an https URL without query/),
  ]);
});

test.each([
  ["a tenant that is no id", { a: { tenant: "Engines" } }],
  ["no tenant", { a: { role: "admin" } }],
  ["a role that does not exist", { a: { tenant, role: "root" } }],
  ["an empty name", { "": { tenant } }],
  ["a name that ends in a space", { "a ": { tenant } }],
  ["a name with a character that cannot be seen", { "a\u202eb": { tenant } }],
  ["a name of 201 characters", { ["x".repeat(201)]: { tenant } }],
])("a group with %s is refused", async (_what, groups) => {
  expect(await problemsOf({ oidc: { issuer, clientId: "nexus", groups } })).toHaveLength(1);
});

test.each<[object, object]>([
  [{ issuer }, { peer: { kind: "internet" }, port: 443 }],
  [{ issuer: `${issuer}:8443/realms/a` }, { peer: { kind: "internet" }, port: 8443 }],
  [
    { issuer, network: "10.1.0.0/16" },
    { peer: { kind: "addresses", cidr: "10.1.0.0/16" }, port: 443 },
  ],
  [{ issuer: "https://192.0.2.7" }, { peer: { kind: "addresses", cidr: "192.0.2.7/32" }, port: 443 }],
  [{ issuer: "http://keycloak.login.svc:8080" }, { peer: { kind: "namespace", name: "login" }, port: 8080 }],
  [{ issuer: "http://keycloak.login.svc" }, { peer: { kind: "namespace", name: "login" }, port: 80 }],
])("the network policies admit the issuer where it is: %j", async (oidc, expected) => {
  expect(await peerOf(oidc)).toEqual(expected);
});
