import { randomBytes } from "node:crypto";
import { createReporter, NexusError, ProgramError, reportStep, runProgram } from "@nexus/host";
import { clusterArguments, kubectlList, kubectlProgram, shownKubectl } from "./kubectl";
import type { CronJob, Job, Pod } from "./kubernetes-types";
import type { Session } from "./session";

const PAUSE_MS = 1000;
export const BACKUP_SELECTOR = "app.kubernetes.io/component=backup";
/** A pod that cannot start is not waited for longer than this: an image, a volume or the quota prevents it. */
const START_SECONDS = 300;

export function kubectl(session: Session, args: readonly string[], input?: string): Promise<string> {
  const env = { ...process.env, ...session.variables };
  return runProgram(kubectlProgram(session), [...clusterArguments(session), ...args], { env, input });
}

/**
 * The CronJob whose Jobs run this command of the backup program; for a command without a schedule, the one that makes
 * backups.
 */
export async function backupCronJob(session: Session, command = "backup"): Promise<CronJob> {
  const all = await kubectlList<CronJob>(session, "cronjobs", BACKUP_SELECTOR);
  const found = [command, "backup"].map((wanted) => all.find((one) => commandOf(one).at(-1) === wanted));
  const [cron] = found.filter((one) => one !== undefined);
  if (cron) return cron;
  const { stack, namespace } = session.settings;
  throw new NexusError(`Stack ${stack} makes no backups in namespace ${namespace}.`, [
    "Fix: npm run up. If nexus:postgres.backup is null, remove that.",
  ]);
}

function commandOf({ spec }: CronJob): readonly string[] {
  return spec.jobTemplate.spec?.template.spec?.containers[0]?.command ?? [];
}

/** A Job with the pod of the CronJob and this command. If the CronJob runs that command too, it counts the result. */
export function jobOf(cron: CronJob, args: readonly string[], name: string) {
  const spec = cron.spec.jobTemplate.spec;
  const [container, ...others] = spec?.template.spec?.containers ?? [];
  const command = [...commandOf(cron).slice(0, -1), ...args];
  const owner = { apiVersion: "batch/v1", kind: "CronJob", name: cron.metadata.name, uid: cron.metadata.uid };
  const isOwn = command.join("\n") === commandOf(cron).join("\n");
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      labels: cron.spec.jobTemplate.metadata?.labels,
      ...(isOwn ? { ownerReferences: [{ ...owner, controller: true }] } : {}),
    },
    spec: {
      ...spec,
      backoffLimit: 0,
      template: {
        ...spec?.template,
        spec: { ...spec?.template.spec, containers: [{ ...container, command }, ...others] },
      },
    },
  };
}

/**
 * Runs a command of the backup program in the cluster.
 * @param title what is done, in words
 * @returns what it printed
 * @throws NexusError with its message if it fails
 */
export async function runBackupJob(
  session: Session,
  args: readonly [string, ...string[]],
  title: string,
): Promise<string> {
  const cron = await backupCronJob(session, args[0]);
  const server = cron.metadata.name.slice(0, cron.metadata.name.lastIndexOf("-"));
  // Alerts look at backups and drills by their names, and at nothing else.
  const name = `${server}-${args[0]}-${randomBytes(3).toString("hex")}`;
  return await reportStep(createReporter(), name, title, async () => {
    await kubectl(session, ["create", "-f", "-"], JSON.stringify(jobOf(cron, args, name)));
    await ended(session, name);
    const [pod] = await kubectlList<Pod>(session, "pods", `job-name=${name}`);
    const end = pod?.status.containerStatuses?.[0]?.state?.terminated;
    if (end?.exitCode === 0) return await kubectl(session, ["logs", `job/${name}`]);
    // The program says what to do.
    if (end?.message !== undefined) throw new NexusError(end.message, []);
    throw new NexusError(`The Job ${name} failed without a message.`, [
      `Fix: ${shownKubectl(session)} describe job ${name}`,
    ]);
  });
}

/** Waits until a Job has ended, well or not. */
async function ended(session: Session, name: string): Promise<void> {
  for (const start = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))) {
    const [job] = await jobsOf(session, name);
    const isOver = job?.status.conditions?.some(
      ({ type, status }) => status === "True" && /^(Complete|Failed)$/.test(type),
    );
    if (isOver) return;
    if ((job?.status.ready ?? 0) > 0 || Date.now() - start < START_SECONDS * 1000) continue;
    const [pod] = await kubectlList<Pod>(session, "pods", `job-name=${name}`);
    if (pod?.status.phase !== "Pending" && pod) continue;
    throw new NexusError(`The pod of the Job ${name} did not start in ${START_SECONDS} s.`, [
      `Fix: ${shownKubectl(session)} describe job ${name}, and describe its pod`,
    ]);
  }
}

/** Empty while the cluster does not answer, so that a short loss of the connection ends nothing. */
async function jobsOf(session: Session, name: string): Promise<readonly Job[]> {
  const args = ["get", "jobs", "--field-selector", `metadata.name=${name}`, "-o", "json"];
  const text = await kubectl(session, args).catch((error: unknown) => {
    if (error instanceof ProgramError) return '{"items":[]}';
    throw error;
  });
  return (JSON.parse(text) as { readonly items: readonly Job[] }).items;
}
