import type * as pulumi from "@pulumi/pulumi";
import { resourceProblems, type Resources } from "@nexus/contract";
import { NexusError } from "@nexus/host";
import type { MountedFiles } from "../lib/authorities";
import type { EnvVar } from "../lib/environment";
import type { Platform } from "../lib/platform";

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
  /** "Memory" keeps it off the disk and counts against the memory limit; undefined for the node's disk. */
  readonly medium: "Memory" | undefined;
  /** Maximum size, such as "128Mi". */
  readonly sizeLimit: string;
}

/** The directory for temporary files. */
export const TMP: Scratch = { name: "tmp", path: "/tmp", medium: undefined, sizeLimit: "64Mi" };

export interface WorkloadArgs {
  readonly platform: Pick<Platform, "namespace" | "imagePullSecrets" | "deadlineSeconds">;
  /** Name of every object. A change replaces all of them. */
  readonly name: string;
  /** Role in the platform, such as "api". */
  readonly component: string;
  /** Image to run. A change rolls the pods. */
  readonly image: pulumi.Input<string>;
  /** Numeric user and group of the container. */
  readonly user: number;
  /** Ports; the first is the one a node port leads to. */
  readonly ports: readonly WorkloadPort[];
  /** Environment of the container. */
  readonly env: EnvVar[];
  /** Command; undefined for the image's own. */
  readonly command: string[] | undefined;
  /** Files of ConfigMaps, read-only. */
  readonly files: readonly MountedFiles[];
  /** Folder in which the pods find a token for the cluster's API server, and its authority; null for none. */
  readonly clusterToken: string | null;
  /** CPU and memory of one pod. A change rolls the pods. */
  readonly resources: Resources;
  /** Delays the other probes until the container has started. */
  readonly startupProbe: object;
  /** Restarts a container that hangs. */
  readonly livenessProbe: object;
  /** Stops traffic to a pod that cannot answer. */
  readonly readinessProbe: object;
  /** Writable directories. */
  readonly scratch: readonly Scratch[];
  /** Number of pods; null if an autoscaler decides. */
  readonly replicas: number | null;
  /** Maximum number of pods; from 2 on, a disruption budget lets one be evicted at a time. */
  readonly mostPods: number;
  /** "recreate" stops the old pod first. */
  readonly strategy: "rolling" | "recreate";
  /** Hash of the settings the pods read; a change rolls them. */
  readonly checksum: pulumi.Input<string>;
  /** Port that serves /metrics; null for none. */
  readonly metricsPort: number | null;
  /** Port of every node that leads to the first port; null for none. */
  readonly nodePort: number | null;
  /** Seconds that a pod has to finish its work. */
  readonly terminationGraceSeconds: number;
  /** What must exist before the pods start. */
  readonly after: readonly pulumi.Resource[];
}

/** @throws NexusError that lists every contradiction */
export function checkWorkload({ name, ports, resources }: Pick<WorkloadArgs, "name" | "ports" | "resources">): void {
  const problems = resourceProblems(resources).map(({ field, text }) => `resources.requests.${field}: ${text}`);
  for (const port of ports)
    if (port.name.length > 15) problems.push(`ports: "${port.name}" has more than 15 characters`);
  if (problems.length > 0) throw new NexusError(`Workload ${name} contradicts itself:`, problems);
}
