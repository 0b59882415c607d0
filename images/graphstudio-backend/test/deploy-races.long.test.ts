import { createPool } from "@nexus/service";
import type { Answer } from "./backend-world";
import { addCluster, CLUSTERS, idOf } from "./cluster-world";
import { deploy, DeployWorld, pathOf, PROJECTS, settled, shop, type Tenant } from "./deploy-world";

let all: DeployWorld;
beforeAll(async () => {
  all = await DeployWorld.start();
}, 180_000);
afterAll(() => all?.stop());

/** Answers to requests that all come to the lock of the tenant, in this order, before one of them gets it. */
async function atOnce({ tenantId }: Tenant, ...requests: (() => Promise<Answer>)[]): Promise<Answer[]> {
  const pool = createPool(all.world.postgres.settings, all.world.log.log);
  const client = await pool.connect();
  await client.query("begin");
  await client.query("select from studio.tenants where id = $1 for update", [tenantId]);
  const answers: Promise<Answer>[] = [];
  for (const request of requests) {
    answers.push(request());
    await waiting(answers.length);
  }
  await client.query("commit");
  client.release();
  await pool.end();
  return await Promise.all(answers);
}

async function waiting(wanted: number): Promise<void> {
  const count = "select count(*)::int as count from pg_stat_activity where datname = current_database()";
  for (const until = Date.now() + 10_000; Date.now() < until;) {
    const [row] = await all.world.postgres.query(`${count} and wait_event_type = 'Lock'`);
    if (Number(row?.count) >= wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${wanted} requests do not come to the lock`);
}

const codes = (answers: readonly Answer[]) =>
  answers.map(({ status, body: { code } }) => `${status} ${typeof code === "string" ? code : ""}`);

test("the same request with its idempotency key several times at once is answered alike, and another project with it is refused", async () => {
  const ada = await all.tenant();
  const other = await ada.browser.ask("POST", PROJECTS, {
    name: "Other",
    files: [{ name: "compose.yaml", text: shop() }],
  });
  const headers = { authorization: `Bearer ${ada.browser.accessToken}`, "idempotency-key": "build-17" };
  const send = (projectId: unknown) => () =>
    all.world.ask("POST", `${CLUSTERS}/${ada.clusterId}/deploy`, { project_id: projectId }, headers);
  const same = send(ada.projectId);
  const answers = await atOnce(ada, same, same, send(other.body.project_id), same);
  expect(codes(answers)).toEqual(["202 ", "202 ", "422 idempotency_key_reused", "202 "]);
  const paths = [answers[0], answers[1], answers[3]].map((answer) => answer && pathOf(answer));
  expect(new Set(paths).size).toBe(1);
  const path = paths[0] ?? "";
  expect(await settled(ada, path)).toMatchObject({ revision: 1, state: "applied" });
});

test.each(["project", "cluster"] as const)("a %s that is deleted while it is deployed is not there", async (what) => {
  const ada = await all.tenant();
  const kubeconfig = all.server.kubeconfig(all.server.adminToken);
  const clusterId = idOf(await addCluster(ada, kubeconfig, { name: "Second" }));
  const path = what === "project" ? `${PROJECTS}/${ada.projectId}` : `${CLUSTERS}/${clusterId}`;
  const answers = await atOnce(
    ada,
    () => ada.browser.ask("DELETE", path),
    () => deploy({ ...ada, clusterId }),
  );
  expect(codes(answers)).toEqual(["204 ", `404 ${what}_not_found`]);
});
