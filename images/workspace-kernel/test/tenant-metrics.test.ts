import { randomUUID } from "node:crypto";
import { createRegistry, type Registry } from "@nexus/service";
import { TenantMetrics, tenantLabel } from "../src/tenant-metrics";

const NAME = "nexus_tenant_executions_total";
let registry: Registry;
let now: number;

beforeEach(() => {
  registry = createRegistry("test");
  now = 0;
});

const start = (limit: number) => new TenantMetrics({ registry, limit, now: () => now });

function use(metrics: TenantMetrics, tenantId: string, times = 1): void {
  for (let i = 0; i < times; i += 1) metrics.count(tenantId, { failed: false, durationMs: 500 });
}

/** Executions by the label of the tenant. */
async function series(): Promise<Record<string, number>> {
  const { values } = (await registry.getSingleMetric(NAME)?.get()) ?? { values: [] };
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.tenant), value]));
}

test("D22: counts executions and their time by tenant and outcome", async () => {
  const metrics = start(5);
  const [a, b] = [randomUUID(), randomUUID()];
  use(metrics, a, 3);
  metrics.count(b, { failed: true, durationMs: 250 });
  const text = await registry.metrics();
  expect(text).toMatch(new RegExp(`${NAME}{tenant="${tenantLabel(a)}",outcome="success"[^}]*} 3\n`));
  expect(text).toMatch(new RegExp(`${NAME}{tenant="${tenantLabel(b)}",outcome="error"[^}]*} 1\n`));
  expect(text).toMatch(new RegExp(`nexus_tenant_execution_seconds_total{tenant="${tenantLabel(a)}"[^}]*} 1.5\n`));
});

test("D22: tells no tenant's id", async () => {
  const metrics = start(5);
  const id = randomUUID();
  use(metrics, id);
  expect(await registry.metrics()).not.toContain(id.slice(0, 8));
});

test("D22: has a bound on its series however many tenants come; nothing goes uncounted", async () => {
  const metrics = start(3);
  for (let i = 0; i < 500; i += 1) use(metrics, randomUUID());
  const found = await series();
  expect(Object.keys(found)).toHaveLength(4);
  expect(found.other).toBe(497);
});

test("D22: gives the series to the busiest tenants after a while, and never counts backwards for the others", async () => {
  const metrics = start(2);
  const [early, quiet, busy] = [randomUUID(), randomUUID(), randomUUID()];
  use(metrics, early, 5);
  use(metrics, quiet, 1);
  use(metrics, busy, 9);
  expect(await series()).toEqual({ [tenantLabel(early)]: 5, [tenantLabel(quiet)]: 1, other: 9 });
  now = 300_000;
  expect(await series()).toEqual({ [tenantLabel(early)]: 5, other: 9 });
  use(metrics, busy, 2);
  use(metrics, quiet, 1);
  expect(await series()).toEqual({ [tenantLabel(early)]: 5, [tenantLabel(busy)]: 2, other: 10 });
  now = 600_000;
  expect(await series()).toEqual({ [tenantLabel(busy)]: 2, other: 10 });
  use(metrics, quiet, 4);
  expect(await series()).toEqual({ [tenantLabel(busy)]: 2, [tenantLabel(quiet)]: 4, other: 10 });
});

test("0 tenants leave no series at all", async () => {
  use(start(0), randomUUID());
  expect(await registry.metrics()).not.toContain("nexus_tenant");
});
