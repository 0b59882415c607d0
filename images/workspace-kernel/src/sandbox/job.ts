import {
  type ExecutionOutcome,
  failedOutcome,
  type HostCall,
  type HostCallAnswer,
  type Task,
  type Wait,
  type WorkspaceChange,
  type WorkerReply,
  type WorkspaceImage,
} from "./messages";

/**
 * How a task ended. `lost`: its instance or thread ended for another reason than its own code. `ranMs`: how long its
 * code ran, without the time that it waited.
 */
export type TaskEnd =
  | {
      readonly type: "done";
      readonly outcome: ExecutionOutcome;
      readonly change: WorkspaceChange | undefined;
      /** Time to load the heap; undefined if it was in memory. */
      readonly resumeMs: number | undefined;
      readonly ranMs: number;
    }
  | { readonly type: "lost"; readonly ranMs: number };

export interface TaskCaller {
  /** The tenant whose running time is counted. */
  readonly tenantId: string;
  /**
   * Loads the workspace's image if it is not in memory; called again if the image was lost before the task began, and
   * never for a task that needs no instance.
   */
  readonly load: () => Promise<WorkspaceImage>;
  /**
   * Answers a call to the host; never rejects. `since`: time of the task's first call, by `performance.now`. `signal`:
   * aborted when nobody needs the answer any more.
   */
  readonly onCall: (since: number, call: HostCall, signal: AbortSignal) => Promise<HostCallAnswer>;
}

/** A task from its request to its end; the thread may change. */
export interface Job {
  readonly id: number;
  readonly workspaceId: string;
  readonly task: Task;
  readonly caller: TaskCaller;
  readonly resolve: (end: TaskEnd) => void;
  readonly reject: (error: unknown) => void;
  /** Its image is being loaded from the database. */
  fetching: boolean;
  /** The loaded image, until a thread gets it. */
  image: WorkspaceImage | undefined;
  /** It was sent to a thread. */
  begun: boolean;
  /** It began from an image. */
  resumed: boolean;
  /** Time of its first call to the host. Until then it can begin again without a visible effect. */
  waitingSince: number | undefined;
  /** Its calls to the host that are open. */
  readonly calls: Map<number, AbortController>;
  /** Continues it when its next timer is due. */
  wake: NodeJS.Timeout | undefined;
  /** How long threads have run it since it began, in ms. */
  ranMs: number;
  /** Passes an answer of the host to the slot that has the job now. */
  settle: (call: number, answer: HostCallAnswer) => void;
}

type WorkerResult = Extract<WorkerReply, { readonly type: "result" }>;

/** Whether the job needs an instance, and so memory. */
export const takesInstance = ({ task }: Job): boolean => task.kind !== "prepare" && task.kind !== "read";

/** Whether the job has not begun but already has its image, or loads it. */
export const isAhead = ({ begun, fetching, image }: Job): boolean => !begun && (fetching || image !== undefined);

/** The end of a job whose result its thread has sent. */
export function doneOf({ resumed, ranMs }: Job, { outcome, change, resumeMs }: WorkerResult): TaskEnd {
  return {
    type: "done",
    outcome,
    change,
    resumeMs: resumed ? resumeMs : undefined,
    // The thread does more than the code takes, and the code may wait without a thread: neither counts.
    ranMs: Math.min(ranMs, outcome.durationMs),
  };
}

/** What a timer settles, which is no call: calls are numbered from 1. */
const NO_CALL = 0;

/** Continues a job after a time, unless an answer continues it before. */
export function wakeAfter(job: Job, waitMs: number | undefined): void {
  clearTimeout(job.wake);
  if (waitMs !== undefined) job.wake = setTimeout(() => job.settle(NO_CALL, {}), waitMs).unref();
}

/** Begins and cancels calls to the host. */
export function call(job: Job, { calls, cancelled }: Pick<Wait, "calls" | "cancelled">): void {
  const since = (job.waitingSince ??= performance.now());
  for (const one of cancelled) cancel(job, one);
  for (const one of calls) {
    const controller = new AbortController();
    job.calls.set(one.call, controller);
    void job.caller.onCall(since, one, controller.signal).then((answer) => {
      if (job.calls.delete(one.call)) job.settle(one.call, answer);
    });
  }
}

/** Nobody needs the answers of the calls any more. */
export function cancelAll(job: Job): void {
  for (const one of [...job.calls.keys()]) cancel(job, one);
}

function cancel(job: Job, call: number): void {
  job.calls.get(call)?.abort();
  job.calls.delete(call);
}

/** Why a thread was ended. */
export type EndReason = "watchdog" | "crash" | "crowded";

const MESSAGES: Readonly<Record<EndReason, string>> = {
  watchdog: "The code could not be interrupted and was stopped",
  crash: "The sandbox's worker ended while the code ran",
  crowded: "The code was stopped: it ran long after a call to the host while too many others did",
};

/** The end of the code whose thread was ended. */
export function endOf(reason: EndReason, durationMs: number): TaskEnd {
  const message = MESSAGES[reason];
  const error =
    reason === "crash"
      ? ({ code: "sandbox_crashed", name: "SandboxError", message, stack: "" } as const)
      : ({ code: "timeout", name: "TimeoutError", message, stack: "" } as const);
  const outcome = failedOutcome(error, durationMs, true);
  return { type: "done", outcome, change: undefined, resumeMs: undefined, ranMs: durationMs };
}
