import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { BackendWorld } from "./backend-world";
import { member, owner, type Person } from "./cluster-world";

const PROJECTS = "/api/kubernetes/projects";
const SECRET = "zq7Hunter2xPLAINval";
let world: BackendWorld;
beforeAll(async () => {
  const bundle = await buildBundle("graphstudio-backend");
  world = await BackendWorld.start({}, undefined, join(bundle, "convert-worker.js"));
}, 120_000);
afterAll(() => world?.stop());

const project = (service: string, more: object = {}) => ({
  name: `p${Math.random()}`,
  files: [{ name: "compose.yaml", text: `services: { web: { image: busybox, ${service} } }` }],
  ...more,
});

async function ownerWithSecret(): Promise<Person> {
  const ada = await owner(world);
  const put = await ada.browser.ask("PUT", "/api/settings/DB_PASSWORD", { value: SECRET, secret: true });
  expect(put.status).toBe(204);
  return ada;
}

const IN_PROBLEMS = [
  'environment: { X: "${NOPE:?${DB_PASSWORD}}" }',
  'expose: ["${DB_PASSWORD}"]',
  'hostname: "${DB_PASSWORD}"',
];

test("a member and an API key are told the name of a secret setting in the wrong place, never its value", async () => {
  const ada = await ownerWithSecret();
  const bob = await member(world, ada, "member");
  const made = { name: "ci", scopes: ["deployments.write", "deployments.read"] };
  const { body } = await ada.browser.ask("POST", `/account/tenants/${ada.tenantId}/keys`, made);
  const authorization = `Bearer ${String(body.key)}`;
  for (const service of IN_PROBLEMS)
    for (const answer of [
      await bob.browser.ask("POST", PROJECTS, project(service)),
      await world.ask("POST", PROJECTS, project(service), { authorization }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([422, "project_unusable"]);
      expect(answer.body.detail).toContain("DB_PASSWORD");
      expect(JSON.stringify(answer.body).toLowerCase()).not.toContain("hunter2");
    }
});

test.each([{ service: "other" }, { source: "settings" }, { source: "discovery" }, {}])(
  "a variable of its name that is not secret does not show a secret setting: %j",
  async (more) => {
    const ada = await ownerWithSecret();
    const variables = [{ name: "DB_PASSWORD", value: "own", secret: false, ...more }];
    const answer = await ada.browser.ask("POST", PROJECTS, project('expose: ["${DB_PASSWORD}"]', { variables }));
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain("the secret variable DB_PASSWORD cannot be used here");
  },
);
