import { randomBytes, randomUUID } from "node:crypto";
import { keyScopes } from "@nexus/contract";
import { createApiKey } from "@nexus/service";
import { documentedRoutes, registeredRoutes, SYSTEM_ROUTES } from "@nexus/testkit/registered-routes";
import { BackendWorld, Browser, serviceToken } from "./backend-world";

let world: BackendWorld;
beforeAll(async () => {
  world = await BackendWorld.start({ BILLING_SECRET: `whsec_${randomBytes(32).toString("base64")}` });
}, 120_000);
afterAll(() => world?.stop());

/** Routes that say themselves who may: with a password, a cookie, a link, a signature, a key or a token of a service. */
const open = [
  "DELETE /auth/session",
  "GET /auth/signup",
  "GET /auth/ways",
  "GET /internal/standing",
  "POST /account/billing/events",
  "POST /account/invitations/look",
  "POST /auth/keys/check",
  "POST /auth/login",
  "POST /auth/login/second-factor",
  "POST /auth/logout",
  "POST /auth/password/forget",
  "POST /auth/password/reset",
  "POST /auth/refresh",
  "POST /auth/session",
  "POST /auth/session/oidc",
  "POST /auth/session/oidc/answer",
  "POST /auth/session/second-factor",
  "POST /auth/session/signup",
  "POST /auth/session/signup/confirm",
  "POST /auth/session/token",
  "POST /auth/signup",
  "POST /auth/signup/confirm",
  "POST /internal/acts",
  "POST /internal/ai-usage",
  "POST /internal/denials",
  "POST /internal/standing/erased",
];

test("every registered route needs a token, or is one of those that say themselves who may", async () => {
  const { app } = world.backend;
  await app.ready();
  const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, { security?: unknown }>> };
  const routes = registeredRoutes(app).filter((route) => !SYSTEM_ROUTES.includes(route));
  expect(routes.filter((route) => !documentedRoutes(app).includes(route))).toEqual([]);
  const isOpen = (route: string) => {
    const [method = "", path = ""] = route.split(" ");
    return paths[path]?.[method.toLowerCase()]?.security === undefined;
  };
  expect(routes.filter(isOpen).sort()).toEqual(open);
  const wrong: string[] = [];
  for (const route of routes.filter((one) => !isOpen(one))) {
    const [method = "", path = ""] = route.split(" ");
    for (const authorization of ["", "Bearer no.to.ken", `Bearer ${createApiKey()}`]) {
      const url = path.replace(/\{\w+\}/g, randomUUID());
      const { statusCode } = await app.inject({ method: method as "GET", url, headers: { authorization } });
      if (statusCode !== 401) wrong.push(`${route} with "${authorization}": ${statusCode}`);
    }
  }
  expect(wrong).toEqual([]);
});

/** Routes of services and of a billing system, which no person and no API key may use. */
const ofServices = open.filter((route) => / \/internal\/| \/account\/billing\//.test(route));

test("no route of a service or of a billing system takes the token of a person, a key, or what somebody else signed", async () => {
  expect(ofServices).toHaveLength(6);
  const { app } = world.backend;
  const browser = new Browser(world);
  const { user } = (await browser.signUp()).body as { user: { tenantId: string } };
  const keys = `/account/tenants/${user.tenantId}/keys`;
  const { key } = (await browser.ask("POST", keys, { name: "CI", scopes: keyScopes })).body;
  const others = serviceToken("another-signing-key-of-somebody-else-123");
  const wrong: string[] = [];
  for (const route of ofServices) {
    const [method = "", url = ""] = route.split(" ");
    for (const [who, token] of Object.entries({ person: browser.accessToken, key, others })) {
      // Signed as Standard Webhooks says, with the token for the signature.
      const headers = {
        authorization: `Bearer ${String(token)}`,
        "webhook-id": randomUUID(),
        "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
        "webhook-signature": `v1,${Buffer.from(String(token)).toString("base64")}`,
      };
      const payload = method === "POST" ? {} : undefined;
      const { statusCode } = await app.inject({ method: method as "POST", url, headers, ...(payload && { payload }) });
      if (statusCode !== 401) wrong.push(`${route} with the token of ${who}: ${statusCode}`);
    }
  }
  expect(wrong).toEqual([]);
});
