import type { InstanceMemory } from "./instance-memory";
import type { EndReason, Job } from "./job";
import type { HostCallAnswer } from "./messages";
import type { TenantUsage } from "./tenant-usage";
import type { SandboxThread } from "./thread";

/** The next step for the thread: begin a job, or pass an answer of the host to it. */
export interface Item {
  readonly job: Job;
  readonly settle?: { readonly call: number; readonly answer: HostCallAnswer };
}

export interface WorkerSlotOptions {
  readonly timeoutMs: number;
  /** A thread that is starting or has started. */
  readonly takeThread: () => SandboxThread;
  /** Instances to keep ready for new workspaces. */
  readonly spares: number;
  readonly usage: TenantUsage;
  /** Makes room for an instance. @returns false if the job must wait for memory */
  readonly admit: (job: Job) => boolean;
  readonly memory: Pick<InstanceMemory, "pause" | "free">;
  /** Called if code runs long while other tenants wait; undefined if code may run long. */
  readonly onLong: (() => void) | undefined;
  /** Called if code ran long, even if nobody waited. */
  readonly onRanLong: (job: Job) => void;
  /** Called with a job that needs a slot: it must begin again, or its tenant runs in other slots now. */
  readonly onPlace: (job: Job) => void;
  /** Called after the thread ended; the instances of these workspaces are lost. */
  readonly onLost: (workspaceIds: readonly string[], reason: EndReason, culprit: Job | undefined) => void;
}
