// The process of `oidc-provider.ts`: the package is an ES module with many more, which Jest would have to transform.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import Provider from "oidc-provider";

const { issuer, port, clientId, clientSecret, returnUrl } = JSON.parse(process.argv[2] ?? "{}");
let people = {};

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg: "RS256", use: "sig" };

const provider = new Provider(issuer, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [returnUrl] }],
  jwks: { keys: [key] },
  cookies: { keys: [randomUUID()] },
  scopes: ["openid", "email", "groups"],
  claims: { email: ["email", "email_verified"], groups: ["groups", "realm_access", "name"] },
  findAccount: (_context, sub) =>
    sub in people ? { accountId: sub, claims: () => ({ sub, ...people[sub] }) } : undefined,
});

process.on("message", (message) => {
  people = message;
  process.send?.("known");
});
// The process that started this one has ended.
process.on("disconnect", () => process.exit());
const server = provider.listen(port, "127.0.0.1", () => process.send?.("listening"));
// A client may send a request into a kept connection that has just ended, above all where this process is started anew.
server.maxRequestsPerSocket = 1;
