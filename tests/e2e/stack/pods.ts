import { waitFor } from "@nexus/host";
import { kubectl, list } from "../platform";

/** Namespace of the stack dev. */
export const NAMESPACE = "nexus";
export const OWN_SERVICES = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "nexus-os"];
export const WORKLOADS = [...OWN_SERVICES, "postgres", "redis"].sort();

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly lastState?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
}

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels: Record<string, string>;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** The pods of workloads. Those of Jobs, such as backups, start at their time and stay when they have ended. */
export async function workloadPods(namespace: string): Promise<Pod[]> {
  const pods = await list<Pod>(namespace, "pods");
  return pods.filter(({ metadata }) => !metadata.ownerReferences?.some(({ kind }) => kind === "Job"));
}

/** The pods of the stack dev's workloads. */
export async function runningPods(namespace: string): Promise<Pod[]> {
  const pods = await workloadPods(namespace);
  return pods.filter(({ metadata }) => WORKLOADS.includes(metadata.labels["app.kubernetes.io/name"] ?? ""));
}

/** The restarts of the pods' containers: what ended, how, its last lines and what the kubelet said of the pod. */
export async function restartsOf(namespace: string, pods: readonly Pod[]): Promise<string[]> {
  const restarted = pods.flatMap(({ metadata, status }) =>
    (status.containerStatuses ?? [])
      .filter(({ restartCount }) => restartCount > 0)
      .map(({ name, lastState }) => ({ pod: metadata.name, container: name, ended: lastState?.terminated })),
  );
  return Promise.all(
    restarted.map(async ({ pod, container, ended }) => {
      const said = (...args: string[]) => kubectl(namespace, ...args).catch((error: unknown) => String(error));
      const log = await said("logs", pod, "--container", container, "--previous", "--tail", "20");
      const events = await said("get", "events", "--field-selector", `involvedObject.name=${pod}`);
      return [`${pod}: ${container} ended: ${JSON.stringify(ended)}`, log, events].join("\n");
    }),
  );
}

export function podIds(pods: readonly Pod[], workload: string): string[] {
  return pods
    .filter((pod) => pod.metadata.labels["app.kubernetes.io/name"] === workload)
    .map((pod) => pod.metadata.uid)
    .sort();
}

/** The pods when none is starting or stopping and the autoscaler has brought the kernel to its minimum. */
export async function settledPods(namespace: string): Promise<Pod[]> {
  return waitFor("Pods that neither start nor end", 120, async () => {
    const pods = await runningPods(namespace);
    const ready = pods.every(
      (pod) => pod.status.containerStatuses?.every((one) => one.ready) && !("deletionTimestamp" in pod.metadata),
    );
    const kernels = podIds(pods, "workspace-kernel").length;
    return ready && kernels >= 2 && pods.length > WORKLOADS.length ? pods : undefined;
  });
}
