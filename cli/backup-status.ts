import { BACKUP_LATE_SECONDS } from "@nexus/contract";
import { printable } from "@nexus/host";
import type { CronJob, Job, Pod } from "./kubernetes-types";
import { age } from "./table";

/** One row per CronJob of the backups: when it last succeeded, whether that is too long ago, and what it said last. */
export function backupRows(
  crons: readonly CronJob[],
  jobs: readonly Job[],
  pods: readonly Pod[],
  now: number,
): string[][] {
  const rows = crons
    .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === "backup")
    .map((cron) => {
      const own = jobs.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === cron.metadata.uid));
      const newest = own.toSorted((one, other) =>
        one.metadata.creationTimestamp.localeCompare(other.metadata.creationTimestamp),
      );
      const last = newest.at(-1);
      const isFailed = last?.status.conditions?.some(({ type, status }) => type === "Failed" && status === "True");
      const succeeded = cron.status.lastSuccessfulTime;
      const since = Date.parse(succeeded ?? cron.metadata.creationTimestamp);
      const state = isFailed
        ? "FAILED"
        : now - since > BACKUP_LATE_SECONDS * 1000
          ? "LATE"
          : succeeded === undefined
            ? "not yet"
            : "ok";
      const said = messageOf(pods, last?.metadata.name);
      return [cron.metadata.name, state, succeeded === undefined ? "never" : age(succeeded), printable(said)];
    });
  return [["BACKUP", "STATE", "SUCCEEDED", ""], ...rows];
}

function messageOf(pods: readonly Pod[], job: string | undefined): string {
  const own = pods.filter(({ metadata }) => job !== undefined && metadata.labels?.["job-name"] === job);
  const messages = own
    .flatMap(({ status }) => status.containerStatuses ?? [])
    .map(({ state }) => state?.terminated?.message);
  return (
    messages
      .findLast((message) => message !== undefined)
      ?.split("\n")[0]
      ?.slice(0, 200) ?? ""
  );
}
