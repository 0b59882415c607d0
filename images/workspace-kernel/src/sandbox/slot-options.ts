import type { InstanceMemory } from "./instance-memory";
import type { EndReason, Job } from "./job";
import type { HostCallAnswer } from "./messages";
import type { TenantUsage } from "./tenant-usage";
import type { SandboxThread } from "./thread";

/** Something for the thread to do next: to begin a job, or to go on with an answer of the host. */
export interface Item {
  readonly job: Job;
  readonly settle?: { readonly call: number; readonly answer: HostCallAnswer };
}

export interface WorkerSlotOptions {
  readonly timeoutMs: number;
  /** A thread that is starting or has started. */
  readonly takeThread: () => SandboxThread;
  /** Instances to keep ready for workspaces that come. */
  readonly spares: number;
  readonly usage: TenantUsage;
  /** Makes room for an instance. @returns false when the job must wait for others */
  readonly admit: (job: Job) => boolean;
  readonly memory: Pick<InstanceMemory, "pause" | "free">;
  /** Code runs long while others wait; undefined where all code may do so. */
  readonly onLong: (() => void) | undefined;
  /** Code ran long, whoever waited. */
  readonly onRanLong: (job: Job) => void;
  /** A job that has to begin, again or somewhere else. */
  readonly onPlace: (job: Job) => void;
  /** The thread was given up, with the instances of these workspaces. */
  readonly onLost: (workspaceIds: readonly string[], reason: EndReason, culprit: Job | undefined) => void;
}
