import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { backupKeyNews } from "../../../cli/update/backup-key";
import { type Release, releaseData, RELEASES_COMPONENT } from "../../../components/releases/release";
import { sessionWithKubectl } from "../../support/fake-kubectl";

const KEY = "key-of-the-backups-0123456789";
const AT = "2030-01-31T12:00:00.000Z";
const BEFORE = Date.parse("2030-01-31T11:59:00Z");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-backup-key-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const release = (number: number, secrets: Record<string, string>): Release => ({
  number,
  at: AT,
  by: "ada",
  commit: null,
  rollbackTo: null,
  configuration: {},
  secretKeys: [],
  secrets,
  images: {},
  schema: {},
});
const env = [{ name: "BACKUP_KEY", valueFrom: { secretKeyRef: { name: "nexus-secrets", key: "BACKUP_KEY" } } }];
const container = { command: ["node", "backup.js", "backup"], env };
const cron = {
  metadata: { name: "postgres-backup" },
  spec: { jobTemplate: { spec: { template: { spec: { containers: [container] } } } } },
};
const secret = { data: { BACKUP_KEY: Buffer.from(KEY).toString("base64") } };

async function news(releases: readonly Release[], isThere = true, since = BEFORE): Promise<string | undefined> {
  const metadata = { labels: { "app.kubernetes.io/component": RELEASES_COMPONENT } };
  const lists = { configmaps: [{ metadata, data: releaseData(releases) }], cronjobs: [cron] };
  const session = sessionWithKubectl(folder, lists, `echo '${JSON.stringify(secret)}'`);
  return backupKeyNews(session, since, { isThere: () => isThere });
}

describe("B38: the key of the backups", () => {
  it("is shown by the update that made it, with what it is for", async () => {
    const text = await news([release(1, {}), release(2, { BACKUP_KEY: "aa" })]);
    expect(text).toBe(
      `Key of the backups, shown this once: ${KEY}\n` +
        "Keep it outside of the cluster, as a file: npm run recovery -- --stack test --out recovery.txt\n" +
        "Without it nobody can read the backups once the cluster and Pulumi's state are lost.",
    );
  });

  it("is shown again only when there is another one", async () => {
    const [one, same, other] = [{ BACKUP_KEY: "aa" }, { BACKUP_KEY: "aa" }, { BACKUP_KEY: "bb" }];
    expect(await news([release(1, one), release(2, same)])).toBeUndefined();
    expect(await news([release(1, one), release(2, other)])).toContain(KEY);
    // A later update without a change records no release.
    expect(await news([release(1, one)], true, Date.parse(AT) + 1)).toBeUndefined();
    expect(await news([release(1, {})])).toBeUndefined();
    expect(await news([])).toBeUndefined();
  });

  it("stays out of the output of a CI job, which says how to get it", async () => {
    const text = await news([release(1, { BACKUP_KEY: "aa" })], false);
    expect(text).not.toContain(KEY);
    expect(text).toContain(
      "Keep their key outside of the cluster: npm run recovery -- --stack test --out recovery.txt",
    );
  });
});
