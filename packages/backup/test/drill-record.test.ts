import { createDatabase, createPool, createRegistry, migrate } from "@nexus/service";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { captureLog } from "@nexus/testkit/log-capture";
import { DrillMetrics } from "../../../images/workspace-kernel/src/drill-metrics";
import { DrillStore } from "../../../images/workspace-kernel/src/store/drill-store";
import { kernelMigrations } from "../../../images/workspace-kernel/src/store/migrations";
import type { KernelTables } from "../../../images/workspace-kernel/src/store/tables";
import { noteDrill } from "../src/drill-record";
import type { Manifest } from "../src/manifest";
import type { Server } from "../src/programs";
import { PLAIN } from "../src/server-tls";

const { log, lines } = captureLog("backup");
let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.stop());

function live(): Server {
  const { DATABASE_HOST: host, DATABASE_PORT: port, DATABASE_USER: user, ...rest } = database.settings;
  return { host, port, user, password: rest.DATABASE_PASSWORD, database: rest.DATABASE_NAME, tls: PLAIN };
}

const made = (id: string, startedAt: string) => ({ id, startedAt }) as Manifest;

describe("B38: what a drill found", () => {
  it("is a metric of the kernel: when it ended, whether it succeeded, and when the newest proven backup was made", async () => {
    const pool = createPool(database.settings, log);
    await migrate(pool, kernelMigrations, log);
    const store = new DrillStore(createDatabase<KernelTables>(pool));
    const registry = createRegistry("workspace-kernel");
    const metrics = new DrillMetrics(registry);
    const shown = async () => {
      metrics.show(await store.last());
      const text = await registry.metrics();
      return Object.fromEntries(
        [...text.matchAll(/^(nexus_backup_\w+)\S* (\S+)$/gm)].map(([, name, n]) => [name, Number(n)]),
      );
    };
    expect(await shown()).toEqual({});
    const before = Math.floor(Date.now() / 1000) - 1;
    await noteDrill(live(), undefined, log);
    const failed = await shown();
    expect(failed).toMatchObject({ nexus_backup_drill_succeeded: 0, nexus_backup_proven_timestamp_seconds: 0 });
    expect(failed.nexus_backup_drill_timestamp_seconds).toBeGreaterThan(before);
    await noteDrill(live(), made("000001-20260102T030405Z", "2026-01-02T03:04:05.000Z"), log);
    const proven = Date.parse("2026-01-02T03:04:05Z") / 1000;
    expect(await shown()).toMatchObject({
      nexus_backup_drill_succeeded: 1,
      nexus_backup_proven_timestamp_seconds: proven,
    });
    // The proof of an earlier backup stays true.
    await noteDrill(live(), undefined, log);
    expect(await shown()).toMatchObject({
      nexus_backup_drill_succeeded: 0,
      nexus_backup_proven_timestamp_seconds: proven,
    });
    await pool.end();
  });

  it("is lost, and nothing else, if the database does not answer or knows no drills yet", async () => {
    await noteDrill({ ...live(), port: 1 }, undefined, log);
    await noteDrill({ ...live(), database: "postgres" }, undefined, log);
    const told = lines.filter(({ message }) => message === "the result of the drill is in no metric");
    expect(told).toHaveLength(2);
  });
});
