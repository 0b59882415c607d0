import * as fs from "node:fs";
import { createReporter, endingSignals, forStack, NexusError, reportStep } from "@nexus/host";
import { backupCronJob, kubectl, runBackupJob } from "../backup-job";
import { kubectlList } from "../kubectl";
import type { CronJob, Pod, Workload } from "../kubernetes-types";
import { openSession } from "../open-session";
import { askToGoOn } from "../questions";
import type { Session } from "../session";
import type { StackOptions } from "../stack-settings";

/** Annotation with the number of pods that a workload had before a restore stopped it. */
const PODS_BEFORE = "nexus/pods-before-restore";
const PAUSE_MS = 1000;

/** The message of the last log line, which is the result. */
function resultIn(log: string): string {
  const last = log.trim().split("\n").at(-1) ?? "";
  try {
    return String((JSON.parse(last) as { message: unknown }).message);
  } catch {
    return last;
  }
}

/** `npm run backup`: makes one now. */
export async function backup(options: StackOptions): Promise<void> {
  const session = await openSession(options, false);
  const log = await runBackupJob(session, ["backup"], "Backup of the database");
  process.stdout.write(`${resultIn(log)}\n`);
}

/** `npm run backups`: lists them; `--drill` restores the newest one for a test. */
export async function backups({ drill, ...options }: StackOptions & { readonly drill: boolean }): Promise<void> {
  const session = await openSession(options, false);
  if (!drill) return void process.stdout.write(await runBackupJob(session, ["list"], "Looking at the backups"));
  process.stdout.write(
    `${resultIn(await runBackupJob(session, ["drill"], "Restoring the newest backup for a test"))}\n`,
  );
}

export interface RestoreOptions extends StackOptions {
  /** Id of a backup, or "newest". */
  readonly from: string;
  readonly yes: boolean;
}

/** `npm run restore`: restores beside the database, verifies, and then puts the result in its place. */
export async function restore({ from, yes, ...options }: RestoreOptions): Promise<void> {
  const session = await openSession(options, false);
  if (!/^(?:newest|\d{6,12}-\d{8}T\d{6}Z)$/.test(from))
    throw new NexusError(`--from: "${from}" is not the id of a backup.`, ["Fix: npm run backups lists them"]);
  await restoreIn(session, from, async (prepared) => {
    process.stdout.write(`${prepared}\n`);
    const text =
      "Stop the services for a moment and use it? What was written after the backup is kept in a database beside.";
    if (!yes) await askToGoOn({ stack: session.settings.stack, command: "restore", text });
  });
}

/** @param ask asks whether to go on with what was restored and verified */
export async function restoreIn(
  session: Session,
  from: string,
  ask: (prepared: string) => Promise<void>,
): Promise<void> {
  const prepared = resultIn(await runBackupJob(session, ["prepare", from], "Restoring the backup beside the database"));
  const id = /^The backup (\S+) is restored/.exec(prepared)?.[1];
  if (id === undefined) throw new NexusError(`The restore did not say what it did: ${prepared}`, []);
  await ask(prepared);
  const users = await databaseUsers(session);
  const proceed = () => void process.stderr.write("The services are stopped, and are started again first ...\n");
  for (const signal of endingSignals) process.once(signal, proceed);
  try {
    await reportStep(createReporter(), "stop", "Stopping the services that use the database", async () => {
      for (const workload of users) await stop(session, workload);
      await waitUntilGone(session, users);
    });
    process.stdout.write(
      `${resultIn(await runBackupJob(session, ["switch", id], "Switching to the restored database"))}\n`,
    );
  } finally {
    // After a failure too: then the former database is still in its place.
    for (const { metadata } of users) await start(session, metadata.name);
    for (const signal of endingSignals) process.off(signal, proceed);
  }
  const next = "The services start again. Fix whatever is missing: npm run status\n";
  process.stdout.write(forStack(next, session.settings.stack));
}

/** Workloads that connect to the database. What they hold in memory belongs to the former one, so they must end. */
async function databaseUsers(session: Session): Promise<Workload[]> {
  const all = await kubectlList<Workload>(session, "deployments", "app.kubernetes.io/part-of=nexus");
  const reads = ({ spec }: Workload) =>
    spec.template.spec?.containers.some(({ env }) => env?.some(({ name }) => name === "DATABASE_HOST"));
  return all.filter(reads);
}

/** Notes the number of pods first, so that a repeated command knows it after a killed one. */
async function stop(session: Session, { metadata, spec }: Workload): Promise<void> {
  const object = `deployment/${metadata.name}`;
  const pods = spec.replicas ?? 1;
  if (pods > 0) await kubectl(session, ["annotate", "--overwrite", object, `${PODS_BEFORE}=${pods}`]);
  await kubectl(session, ["scale", object, "--replicas=0"]);
}

async function start(session: Session, name: string): Promise<void> {
  const object = `deployment/${name}`;
  const noted = await kubectl(session, ["get", object, "-o", "json"]);
  const { metadata, spec } = JSON.parse(noted) as Workload;
  const pods = metadata.annotations?.[PODS_BEFORE];
  if (pods === undefined) return;
  if (spec.replicas === 0) await kubectl(session, ["scale", object, `--replicas=${pods}`]);
  await kubectl(session, ["annotate", object, `${PODS_BEFORE}-`]);
}

async function waitUntilGone(session: Session, workloads: readonly Workload[]): Promise<void> {
  const names = workloads.map(({ metadata }) => metadata.name);
  for (;;) {
    const pods = await kubectlList<Pod>(session, "pods", "app.kubernetes.io/part-of=nexus");
    if (!pods.some(({ metadata }) => names.includes(metadata.labels?.["app.kubernetes.io/name"] ?? ""))) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

export interface RecoveryOptions extends StackOptions {
  readonly out: string;
}

/** `npm run recovery`: writes what somebody needs who has nothing but the backups. */
export async function recovery({ out, ...options }: RecoveryOptions): Promise<void> {
  const session = await openSession(options, false);
  const text = await recoveryDocument(session);
  try {
    fs.writeFileSync(out, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new NexusError(`${out} exists already; nothing was written.`, ["Fix: name another file with --out"]);
  }
  process.stdout.write(
    `${out} has the key of the backups. Keep it outside of the cluster and of the backups' storage.\n`,
  );
}

export async function recoveryDocument(session: Session): Promise<string> {
  const cron = await backupCronJob(session);
  const { env = [] } = cron.spec.jobTemplate.spec?.template.spec?.containers[0] ?? {};
  const from = (variable: string) => env.find(({ name }) => name === variable);
  const bucket = from("BACKUP_S3_BUCKET")?.value;
  const place =
    bucket === undefined
      ? `the volume claim ${cron.metadata.name}`
      : `the bucket ${bucket} ${from("BACKUP_S3_PREFIX")?.value ?? ""}`;
  const key = await keyIn(session, cron);
  const lines = [
    `Recovery of the stack ${session.settings.stack} (namespace ${session.settings.namespace})`,
    "",
    `Backups are in ${place.trim()}. A backup <id> is <id>.dump${key === undefined ? "" : ".age"} and <id>.json; without the latter it was not finished.`,
    key === undefined ? "They are not encrypted." : `Key of the backups: ${key}`,
    "",
    "With a new platform:",
    ...(key === undefined ? [] : [`  printf %s '${key}' | pulumi config set --secret nexus:backupKey`]),
    "  npm run up",
    "  npm run backups",
    "  npm run restore -- --from <id>",
    "",
    "Without Nexus, with the programs age and pg_restore:",
    key === undefined
      ? "  pg_restore --no-owner --dbname <database> <id>.dump"
      : "  age --decrypt <id>.dump.age | pg_restore --no-owner --dbname <database>     # age asks for the key",
    "",
  ];
  return forStack(lines.join("\n"), session.settings.stack);
}

/** The key of the backups; undefined if they are not encrypted. */
export async function backupKeyOf(session: Session): Promise<string | undefined> {
  return keyIn(session, await backupCronJob(session));
}

async function keyIn(session: Session, cron: CronJob): Promise<string | undefined> {
  const { env = [] } = cron.spec.jobTemplate.spec?.template.spec?.containers[0] ?? {};
  const reference = env.find(({ name }) => name === "BACKUP_KEY")?.valueFrom?.secretKeyRef;
  return reference && secretValue(session, reference.name ?? "", reference.key);
}

async function secretValue(session: Session, name: string, key: string): Promise<string> {
  const text = await kubectl(session, ["get", "secret", name, "-o", "json"]);
  const { data } = JSON.parse(text) as { readonly data: Readonly<Record<string, string>> };
  const value = data[key];
  if (value === undefined) throw new NexusError(`The Secret ${name} has no key ${key}.`, ["Fix: npm run up"]);
  return Buffer.from(value, "base64").toString();
}
