import type { MountedFiles } from "../lib/authorities";
import type * as pulumi from "@pulumi/pulumi";
import type { EnvVar } from "../lib/environment";
import { NexusError } from "@nexus/host";
import { resourceProblems, type Resources } from "@nexus/contract";
import { DEADLINE_SECONDS } from "@nexus/contract";

/** A port of the container and of its Service. */
export interface WorkloadPort {
  /** Name in pod and Service, at most 15 characters. */
  readonly name: string;
  /** Port of the container. */
  readonly container: number;
  /** Port of the Service. */
  readonly service: number;
}

/** A writable directory that lives as long as its pod; everything else is read-only. */
export interface Scratch {
  readonly name: string;
  readonly path: string;
  /** "Memory" keeps it off the disk and counts against the memory limit. @default the node's disk */
  readonly medium?: "Memory";
  /** Most it may hold, such as "128Mi". @default "64Mi" */
  readonly sizeLimit?: string;
}

export interface WorkloadArgs {
  /** Name of every object. A change replaces all of them. */
  readonly name: string;
  /** Role in the platform, such as "api". */
  readonly component: string;
  /** Namespace of every object. */
  readonly namespace: pulumi.Input<string>;
  /** Image to run. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** Secrets with which nodes log in to the registry. @default none */
  readonly imagePullSecrets?: readonly string[];
  /** Numeric user and group of the container. */
  readonly user: number;
  /** Ports; the first is the one a node port leads to. */
  readonly ports: readonly WorkloadPort[];
  /** CPU and memory of one pod. A change rolls the pods. */
  readonly resources: Resources;
  /** Restarts a container that hangs. */
  readonly livenessProbe: object;
  /** Keeps traffic away from a pod that cannot answer. */
  readonly readinessProbe: object;
  /** Environment of the container. @default none */
  readonly env?: readonly EnvVar[];
  /** Command instead of the image's own. @default the image's */
  readonly command?: string[];
  /** Writable directories. @default /tmp */
  readonly scratch?: readonly Scratch[];
  /** Files of ConfigMaps, read-only. @default none */
  readonly files?: readonly MountedFiles[];
  /** Pods to run; null where an autoscaler decides. @default 1 */
  readonly replicas?: number | null;
  /** Fewest pods there will be; from 2 on a disruption budget keeps one. @default replicas */
  readonly minReplicas?: number;
  /** "recreate" stops the old pod first. @default "rolling" */
  readonly strategy?: "rolling" | "recreate";
  /** Hash of the settings the pods read; a change rolls them. @default null */
  readonly checksum?: pulumi.Input<string> | null;
  /** Port that serves /metrics. @default null */
  readonly metricsPort?: number | null;
  /** Port of every node that leads to the first port. @default null */
  readonly nodePort?: number | null;
  /** Seconds a pod gets to end its work. @default 30 */
  readonly terminationGraceSeconds?: number;
  /** Seconds a pod may take to get ready before its rollout fails. @default 180 */
  readonly deadlineSeconds?: number;
  /** What must exist before the pods start. @default nothing */
  readonly after?: readonly pulumi.Resource[];
}

export type ResolvedWorkload = Required<Omit<WorkloadArgs, "env" | "command" | "scratch">> & {
  readonly env: EnvVar[];
  readonly command: string[] | undefined;
  readonly scratch: readonly Scratch[];
};

/** @throws NexusError with everything that contradicts itself */
export function normalizeWorkloadArgs(args: WorkloadArgs): ResolvedWorkload {
  const replicas = args.replicas === undefined ? 1 : args.replicas;
  const problems = resourceProblems(args.resources).map(({ field, text }) => `resources.requests.${field}: ${text}`);
  for (const { name } of args.ports)
    if (name.length > 15) problems.push(`ports: "${name}" has more than 15 characters`);
  if (problems.length > 0) throw new NexusError(`Workload ${args.name} contradicts itself:`, problems);
  return {
    ...args,
    imagePullSecrets: args.imagePullSecrets ?? [],
    replicas,
    minReplicas: args.minReplicas ?? replicas ?? 1,
    env: [...(args.env ?? [])],
    command: args.command,
    scratch: (args.scratch ?? [{ name: "tmp", path: "/tmp" }]).map((one) => ({ sizeLimit: "64Mi", ...one })),
    files: args.files ?? [],
    strategy: args.strategy ?? "rolling",
    checksum: args.checksum ?? null,
    metricsPort: args.metricsPort ?? null,
    nodePort: args.nodePort ?? null,
    terminationGraceSeconds: args.terminationGraceSeconds ?? 30,
    deadlineSeconds: args.deadlineSeconds ?? DEADLINE_SECONDS,
    after: args.after ?? [],
  };
}
