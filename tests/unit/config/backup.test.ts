import { backupName, drillName } from "@nexus/contract";
import { isSchedule } from "../../../config/forms";
import { load, problems } from "../../support/config";

const local = { cluster: { kind: "local" } };
const databaseUrl = "postgres://app:secret@db.example.com/app";

it("B38: a schedule has five fields in their ranges", () => {
  const good = ["17 2 * * *", "*/5 * * * *", "0 0 1 1 0", "59 23 31 12 6", "0,30 8-18/2 * * 1-5", "0 */6 * * *"];
  const bad = ["", "17 2 * *", "17 2 * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7"];
  const more = [
    "@daily",
    "5-1 * * * *",
    "*/0 * * * *",
    "1, * * * *",
    "-1 * * * *",
    "1.5 * * * *",
    " 17 2 * * *",
    "* * * * MON",
  ];
  expect(good.filter((text) => !isSchedule(text))).toEqual([]);
  expect([...bad, ...more].filter(isSchedule)).toEqual([]);
});

it("B38: names of CronJobs are short enough for those of their Jobs", () => {
  const longest = "p".repeat(52);
  expect([backupName(longest).length, drillName(longest).length]).toEqual([52, 51]);
  expect(backupName("postgres")).toBe("postgres-backup");
});

it("B38: a server of somebody else is backed up as well, and without a database there is nothing to back up", async () => {
  const external = await load({ config: { ...local, postgres: { mode: "external" } }, secrets: { databaseUrl } });
  expect(external.backup).toMatchObject({ settings: { keep: 14 }, storage: null });
  const runtime = { ...local, topology: "runtime" };
  expect((await load({ config: runtime })).backup).toBeUndefined();
  expect(await problems({ config: { ...runtime, postgres: { backup: { keep: 7 } } } })).toEqual([
    "nexus:postgres.backup: is set, but postgres.mode is \"none\", so there is no database to back up. Fix: pulumi config rm --path 'nexus:postgres.backup'",
  ]);
});

it("B38: a database is filled from a backup only where there are backups", async () => {
  const restoreFrom = "000042-20260102T030405Z";
  const fix = "Fix: pulumi config rm --path 'nexus:postgres.restoreFrom'";
  expect(await problems({ config: { ...local, postgres: { restoreFrom, backup: null } } })).toEqual([
    `nexus:postgres.restoreFrom: "${restoreFrom}" is set, but postgres.backup is "null", so there are no backups. ${fix}`,
  ]);
  expect(await problems({ config: { ...local, postgres: { restoreFrom: "newest" } } })).toEqual([
    expect.stringMatching(/^nexus:postgres\.restoreFrom: "newest" is not the id of a backup, such as 000042-/),
  ]);
  expect((await load({ config: { ...local, postgres: { restoreFrom } } })).postgres.restoreFrom).toBe(restoreFrom);
});

it("B38: a bucket needs both keys, and keys need a bucket", async () => {
  const config = { ...local, postgres: { backup: { s3: { bucket: "nexus-backups" } } } };
  expect(await problems({ config, secrets: { backupAccessKey: "key" } })).toEqual([
    'nexus:backupSecretKey: is missing; the bucket "nexus-backups" in postgres.backup.s3 needs it. Fix: pulumi config set --secret nexus:backupSecretKey <key>',
  ]);
  expect(await problems({ config: local, secrets: { backupAccessKey: "key" } })).toEqual([
    "nexus:backupAccessKey: is set, but postgres.backup.s3 names no bucket. Fix: pulumi config rm nexus:backupAccessKey",
  ]);
});

it("B38: network policies admit the object storage where it is", async () => {
  const secrets = { backupAccessKey: "key", backupSecretKey: "secret" };
  const storageOf = async (s3: object) =>
    (await load({ config: { ...local, postgres: { backup: { s3: { bucket: "nexus-backups", ...s3 } } } }, secrets }))
      .backup?.storage;
  const anywhere = { kind: "addresses", cidr: "0.0.0.0/0" };
  expect(await storageOf({})).toEqual({ peer: anywhere, port: 443 });
  expect(await storageOf({ endpoint: "http://10.0.0.7:9000" })).toEqual({
    peer: { kind: "addresses", cidr: "10.0.0.7/32" },
    port: 9000,
  });
  expect(await storageOf({ endpoint: "http://minio.storage.svc:9000" })).toEqual({
    peer: { kind: "namespace", name: "storage" },
    port: 9000,
  });
  expect(await storageOf({ endpoint: "http://s3.example.com", cidr: "10.9.0.0/16" })).toEqual({
    peer: { kind: "addresses", cidr: "10.9.0.0/16" },
    port: 80,
  });
});

it("B38: a key that somebody brings is long enough", async () => {
  expect(await problems({ config: local, secrets: { backupKey: "short" } })).toEqual([
    'nexus:backupKey: has 5 characters; use at least 32. Fix: pulumi config set --secret nexus:backupKey "$(openssl rand -hex 32)"',
  ]);
});
