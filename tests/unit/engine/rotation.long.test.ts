import { EngineCluster } from "../../support/engine-cluster";
import type { EngineStack } from "../../support/engine-stack";

/** Each test updates a whole stack several times. */
jest.setTimeout(15 * 60_000);

let cluster: EngineCluster;
let stack: EngineStack;
beforeAll(async () => {
  cluster = await EngineCluster.start();
  stack = await cluster.stack("dev");
});
afterAll(() => cluster?.stop());

const image = (name: string) => `registry.invalid/nexus/${name}@sha256:${"a".repeat(64)}`;
const services = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "nexus-os"];
const references = Object.fromEntries(services.map((name) => [name, image(name)]));
const JOBS = ["Job data-graphstudio-backend-migration", "Job data-workspace-kernel-migration"];

/** With the secrets of a rotation. */
const configure = (rotation: number) =>
  stack.configure({ topology: "full", images: { builder: "prebuilt", references }, secrets: { rotation } });

async function upOk(rotation: number): Promise<string> {
  configure(rotation);
  return await stack.upOk();
}

async function secret(): Promise<Record<string, string>> {
  const url = "/api/v1/namespaces/nexus/secrets/nexus-secrets";
  const { data } = await cluster.request<{ data: Record<string, string> }>("GET", url);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** What an update did, as the engine says it when a step has ended. */
function stepsIn(output: string): Record<string, string[]> {
  const done: Record<string, string[]> = {};
  for (const [, type = "", name = "", verb = ""] of output.matchAll(
    /^ *[-+~]+ *(\S+:\S+) (\S+) ((?:created|updated|deleted|replaced)(?: replacement| original)?) \(/gm,
  ))
    (done[verb] ??= []).push(`${type.split(":").at(-1) ?? ""} ${name}`);
  return Object.fromEntries(Object.entries(done).map(([verb, names]) => [verb, names.sort()]));
}

test("A32: a rotation makes the next generation, replaces nothing but the migrations' Jobs, and deletes what had its time", async () => {
  await upOk(0);
  const first = await secret();
  await upOk(1);
  const second = await secret();
  expect(second).toMatchObject({
    JWT_SECRET_KEY: first.JWT_SECRET_KEY_NEXT,
    JWT_SECRET_KEY_PREVIOUS: first.JWT_SECRET_KEY,
    DATABASE_PASSWORD: first.DATABASE_PASSWORD_NEXT,
    REDIS_PASSWORD_PREVIOUS: first.REDIS_PASSWORD,
    BACKUP_KEY: first.BACKUP_KEY,
  });
  const output = await upOk(2);
  const third = await secret();
  expect([third.JWT_SECRET_KEY_PREVIOUS, third.JWT_SECRET_KEY_RETIRED]).toEqual([
    second.JWT_SECRET_KEY,
    first.JWT_SECRET_KEY,
  ]);
  expect(output).not.toContain("This update deletes");
  expect(stepsIn(output)).toEqual({
    created: ["RandomPassword secrets-database-3", "RandomPassword secrets-jwt-3", "RandomPassword secrets-redis-3"],
    deleted: ["RandomPassword secrets-database", "RandomPassword secrets-redis"],
    ...Object.fromEntries(["created replacement", "deleted original", "replaced"].map((verb) => [verb, JOBS])),
    updated: [
      "ConfigMap environment-settings",
      "ConfigMap releases",
      "Deployment data-redis-workload",
      "Deployment kernel-workload",
      "Deployment nexus-os-workload",
      "Deployment studio-backend-workload",
      "Secret secrets",
    ],
  });
});

test("A32: lowering and skipping a rotation are refused before anything changes", async () => {
  const before = await secret();
  const refused = async (rotation: number) => {
    configure(rotation);
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    return output;
  };
  expect(await refused(1)).toContain("nexus:secrets.rotation: 1 is less than 2");
  const skipped = await refused(4);
  expect(skipped).toContain("nexus:secrets.rotation: 4 skips a rotation");
  expect(skipped).toContain("Fix: pulumi config set --stack dev --path nexus:secrets.rotation 3");
  expect(await secret()).toEqual(before);
});
