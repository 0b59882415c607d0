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

test("a secret of a project is shown to nobody who says that it is none, without giving it a value", async () => {
  const ada = await owner(world);
  const variables = [{ name: "PIN", value: SECRET, secret: true }];
  const added = await ada.browser.ask("POST", PROJECTS, project("environment: [PIN]", { variables }));
  const path = `${PROJECTS}/${String(added.body.project_id)}`;
  const change = (variable: object) =>
    ada.browser.ask("PUT", path, { ...project("environment: [PIN]"), version: 1, variables: [variable] });
  const refused = await change({ name: "PIN", secret: false });
  expect([refused.status, refused.body.detail]).toEqual([
    422,
    "The variable PIN has no value, and none is kept from before",
  ]);
  expect((await change({ name: "PIN", value: "1", secret: false })).body.variables).toMatchObject([{ value: "1" }]);
});

test("the text of an env file is not shown by calling it another kind of file", async () => {
  const ada = await owner(world);
  const files = [...project("").files, { name: "values.txt", text: `A=${SECRET}\n` }];
  const added = await ada.browser.ask("POST", PROJECTS, project("", { files, env_files: ["values.txt"] }));
  expect(added.status).toBe(201);
  const change = { ...project(""), files: [...project("").files, { name: "values.txt" }], version: 1 };
  const answer = await ada.browser.ask("PUT", `${PROJECTS}/${String(added.body.project_id)}`, change);
  expect([answer.status, answer.body.detail]).toEqual([
    422,
    "The file values.txt has no text, and none is kept from before",
  ]);
});
