import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot, TYPESCRIPT_ARGUMENTS } from "@nexus/host";
import { jobOf } from "../../../cli/backup-job";
import { backupRows } from "../../../cli/backup-status";
import { recoveryDocument, restoreIn } from "../../../cli/commands/backup";
import type { CronJob, Job, Pod, Workload } from "../../../cli/kubernetes-types";
import type { Session } from "../../../cli/session";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { partly } from "../../support/partly";

const ID = "000007-20260102T030405Z";
const component = { "app.kubernetes.io/component": "backup" };

function cronJob(name: string, command: string, status: CronJob["status"] = {}, s3 = false): CronJob {
  const key = { name: "BACKUP_KEY", valueFrom: { secretKeyRef: { name: "nexus-secrets", key: "BACKUP_KEY" } } };
  const env = [key, ...(s3 ? [{ name: "BACKUP_S3_BUCKET", value: "safe" }] : [])];
  const containers = [{ name, command: ["/program/node", "/program/backup.js", command], env }];
  const template = { spec: { containers } };
  return partly<CronJob>({
    metadata: { name, uid: name, labels: component, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: {
      jobTemplate: {
        metadata: { labels: component },
        spec: { backoffLimit: 1, ttlSecondsAfterFinished: 93_600, template },
      },
    },
    status,
  });
}

const crons = [cronJob("postgres-backup", "backup"), cronJob("postgres-drill", "drill")];
const over = (type: "Complete" | "Failed", owner = "postgres-backup") =>
  partly<Job>({
    metadata: { name: `${owner}-1`, ownerReferences: [{ uid: owner }], creationTimestamp: "2026-01-02T02:17:00Z" },
    status: { conditions: [{ type, status: "True" }] },
  });
const podOf = (exitCode: number, message: string, job = "postgres-backup-1") =>
  partly<Pod>({
    metadata: { name: "pod", labels: { "job-name": job } },
    status: { containerStatuses: [{ state: { terminated: { exitCode, message } } }] },
  });

describe("B38: a Job that the command line starts", () => {
  it("runs another command in the pod of the CronJob", () => {
    const job = jobOf(crons[0] as CronJob, ["prepare", ID], "name");
    expect(job.spec.template.spec.containers[0]?.command).toEqual([
      "/program/node",
      "/program/backup.js",
      "prepare",
      ID,
    ]);
    expect(job.spec).toMatchObject({ backoffLimit: 0, ttlSecondsAfterFinished: 93_600 });
    expect(job.metadata).toEqual({ name: "name", labels: component });
  });

  it("counts for the CronJob if it does the same", () => {
    const { metadata } = jobOf(crons[1] as CronJob, ["drill"], "name");
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: "batch/v1", kind: "CronJob", name: "postgres-drill", uid: "postgres-drill", controller: true },
    ]);
  });
});

describe("B38: a restore", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-restore-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const deployment = (name: string, variable: string, annotations = {}, replicas = 2) =>
    partly<Workload>({
      metadata: { name, annotations },
      spec: { replicas, template: { spec: { containers: [{ name, env: [{ name: variable }] }] } } },
    });

  const calls = () => {
    const file = path.join(folder, "calls");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [];
  };

  /** A session whose kubectl notes what it is told to change. @param atStop what the shell does before it stops pods */
  function sessionOf(ended: Job, pod: Pod, atStop = ":"): Session {
    const stopped = deployment("workspace-kernel", "DATABASE_HOST", { "nexus/pods-before-restore": "2" }, 0);
    fs.writeFileSync(path.join(folder, "stopped.json"), JSON.stringify(stopped));
    const log = JSON.stringify({ message: `The backup ${ID} is restored into nexus_restore_7 and verified.` });
    const script = [
      `case "$*" in`,
      `*" create "*) grep -oE '"name":"postgres-(backup|drill|prepare|switch)-[0-9a-f]{6}"' | sed -E 's/.*postgres-(.*)-.*/create \\1/' >> ${folder}/calls;;`,
      `*" logs "*) echo '${log}';;`,
      `*" get deployment/"*) cat ${folder}/stopped.json;;`,
      `*) case "$*" in *"=0") ${atStop};; esac; shift 5; echo "$*" >> ${folder}/calls;;`,
      "esac",
    ].join("\n");
    const deployments = [deployment("workspace-kernel", "DATABASE_HOST"), deployment("nexus-os", "REDIS_HOST")];
    return sessionWithKubectl(folder, { cronjobs: crons, jobs: [ended], pods: [pod], deployments }, script);
  }

  /** @returns the error, if there is one */
  const restored = (ended: Job, pod: Pod, ask = async () => undefined) =>
    restoreIn(sessionOf(ended, pod), ID, ask).then(
      () => undefined,
      (reason: unknown) => reason,
    );

  it("stops what uses the database only after the backup is verified beside it, and starts it again", async () => {
    expect(await restored(over("Complete"), podOf(0, "ok"))).toBeUndefined();
    expect(calls()).toEqual([
      "create prepare",
      "annotate --overwrite deployment/workspace-kernel nexus/pods-before-restore=2",
      "scale deployment/workspace-kernel --replicas=0",
      "create switch",
      "scale deployment/workspace-kernel --replicas=2",
      "annotate deployment/workspace-kernel nexus/pods-before-restore-",
    ]);
  });

  it("starts the services again before Ctrl-C ends it", async () => {
    const session = sessionOf(over("Complete"), podOf(0, "ok"), "kill -INT $PPID; kill -INT $$");
    const script =
      'require("./cli/commands/backup.ts").restoreIn(JSON.parse(process.argv[1]), process.argv[2], () => {})';
    const args = [...TYPESCRIPT_ARGUMENTS, "-e", script, JSON.stringify(session), ID];
    const { status } = spawnSync(process.execPath, args, { cwd: repositoryRoot });
    expect(status).toBe(1);
    expect(calls()).toEqual([
      "create prepare",
      "annotate --overwrite deployment/workspace-kernel nexus/pods-before-restore=2",
      "scale deployment/workspace-kernel --replicas=2",
      "annotate deployment/workspace-kernel nexus/pods-before-restore-",
    ]);
  });

  it("stops nothing if the backup is damaged, and says what the Job said", async () => {
    const error = await restored(over("Failed"), podOf(1, `The backup ${ID} is damaged: no.`));
    expect(calls()).toEqual(["create prepare"]);
    expect(String(error)).toContain(`The backup ${ID} is damaged: no.`);
  });

  it("stops nothing if the answer is no", async () => {
    const no = () => Promise.reject(new Error("Nothing was changed."));
    const error = await restored(over("Complete"), podOf(0, "ok"), no);
    expect([calls(), String(error)]).toEqual([["create prepare"], "Error: Nothing was changed."]);
  });

  it("is possible with the recovery document alone, which has the key and the place", async () => {
    const secret = JSON.stringify({ data: { BACKUP_KEY: Buffer.from("the-key").toString("base64") } });
    const stored = [cronJob("postgres-backup", "backup", {}, true)];
    const text = await recoveryDocument(sessionWithKubectl(folder, { cronjobs: stored }, `echo '${secret}'`));
    expect(text).toContain("Backups are in the bucket safe.");
    expect(text).toContain("printf %s 'the-key' | pulumi config set --stack test --secret nexus:backupKey");
    expect(text).toContain("age --decrypt <id>.dump.age | pg_restore --no-owner --dbname <database>");
  });

  it("needs a stack that makes backups", async () => {
    await expect(recoveryDocument(sessionWithKubectl(folder, { cronjobs: [] }, ""))).rejects.toThrow(
      "Stack test makes no backups in namespace nexus.",
    );
  });
});

describe("B38: the state of the backups", () => {
  const now = Date.parse("2026-01-02T12:00:00Z");
  const rows = (status: CronJob["status"], jobs: readonly Job[] = [], pods: readonly Pod[] = [], at = now) =>
    backupRows([cronJob("postgres-backup", "backup", status)], jobs, pods, at)[1];

  it("is ok with what the last one said, failed, or late after 26 hours", () => {
    const good = { lastSuccessfulTime: "2026-01-02T02:18:00Z" };
    const said = [podOf(0, "The backup is finished.")];
    expect(rows(good, [over("Complete")], said)).toEqual([
      "postgres-backup",
      "ok",
      expect.any(String),
      "The backup is finished.",
    ]);
    expect(rows(good, [over("Failed")], [podOf(1, "No space is left.\nmore")])?.slice(1)).toEqual([
      "FAILED",
      expect.any(String),
      "No space is left.",
    ]);
    expect(rows(good, [over("Complete")], said, now + 17 * 3600 * 1000)?.[1]).toBe("LATE");
  });

  it("is late if there never was one, and not before the first night is over", () => {
    expect(rows({})?.slice(1)).toEqual(["LATE", "never", ""]);
    expect(rows({}, [], [], Date.parse("2026-01-01T12:00:00Z"))?.[1]).toBe("not yet");
  });

  it("shows Jobs of the platform only", () => {
    const foreign = partly<CronJob>({ metadata: { name: "other", labels: {} }, status: {} });
    expect(backupRows([foreign], [], [], now)).toHaveLength(1);
  });
});
