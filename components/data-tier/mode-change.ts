import * as pulumi from "@pulumi/pulumi";
import type { DatabasePlace } from "@nexus/contract";
import { forStack, NexusError } from "@nexus/host";

/** What somebody needs to know to move the data by hand. */
export interface MoveFacts {
  readonly namespace: string;
  /** Workloads that use the database. */
  readonly users: readonly string[];
}

/**
 * A database in another place is empty, and services would start with it as if nobody had ever used the platform.
 * @param before the place at the last update that succeeded; undefined if there was none
 * @throws NexusError with the steps if the data would not move along
 */
export function checkModeChange(before: DatabasePlace | undefined, wanted: DatabasePlace, facts: MoveFacts): void {
  if (!before || before.mode === wanted.mode || before.mode === "none" || wanted.mode === "none") return;
  // What is still set from an earlier move is not a backup of now.
  if (wanted.restoreFrom !== null && wanted.restoreFrom !== before.restoreFrom) return;
  const scale = `kubectl -n ${facts.namespace} scale deployment ${facts.users.join(" ")}`;
  const steps = [
    `1. ${scale} --replicas=0   # nobody writes any more`,
    `2. npm run backup   # of "${before.mode}", which still runs; it names the id of the backup`,
    "3. pulumi config set --path nexus:postgres.restoreFrom <id>",
    "4. npm run up   # fills the new database, compares every table, and then starts what uses it",
    `5. ${scale} --replicas=1   # only where an autoscaler sets the number of pods`,
    "6. pulumi config rm --path nexus:postgres.restoreFrom",
  ];
  throw new NexusError("The data of the database would not move along. Nothing was changed:", [
    `nexus:postgres.mode: "${wanted.mode}", and the data is in "${before.mode}". Fix: move it in these steps, or set the mode back:`,
    ...steps.map((step) => forStack(step, pulumi.getStack())),
  ]);
}
