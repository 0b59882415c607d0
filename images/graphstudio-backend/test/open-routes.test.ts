import { randomUUID } from "node:crypto";
import { createApiKey } from "@nexus/service";
import { documentedRoutes, registeredRoutes, SYSTEM_ROUTES } from "@nexus/testkit/registered-routes";
import { BackendWorld } from "./backend-world";

let world: BackendWorld;
beforeAll(async () => {
  world = await BackendWorld.start();
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
