import {
  type ExecutionOutcome,
  failedOutcome,
  type HostCall,
  type HostCallAnswer,
  type Task,
  type WorkspaceChange,
  type WorkspaceImage,
} from "./messages";

/** How a task ended. `lost`: what it had begun went away because of something else. */
export type TaskEnd =
  | {
      readonly type: "done";
      readonly outcome: ExecutionOutcome;
      readonly change: WorkspaceChange | undefined;
      /** Time to bring the heap back; undefined where it was in memory. */
      readonly resumeMs: number | undefined;
    }
  | { readonly type: "lost" };

export interface TaskCaller {
  /** Whose running time it is. */
  readonly tenantId: string;
  /**
   * What the workspace is made of where it is not in memory; asked again when that was lost before the task began, and
   * never for a task that takes no instance.
   */
  readonly load: () => Promise<WorkspaceImage>;
  /** Answers a call to the host; never rejects. `since`: when the task made its first one, as `performance.now` says. */
  readonly onCall: (since: number, call: HostCall) => Promise<HostCallAnswer>;
}

/** A task from its request to its end, in whatever thread. */
export interface Job {
  readonly id: number;
  readonly workspaceId: string;
  readonly task: Task;
  readonly caller: TaskCaller;
  readonly resolve: (end: TaskEnd) => void;
  readonly reject: (error: unknown) => void;
  /** Its image is on its way from the database. */
  fetching: boolean;
  /** Loaded, and not with a thread yet. */
  image: WorkspaceImage | undefined;
  /** A thread has it. */
  begun: boolean;
  /** It began from an image. */
  resumed: boolean;
  /** When it made its first call to the host. Until then it can begin anew, and nobody sees that. */
  waitingSince: number | undefined;
  /** Gives an answer of the host to whoever has the job now. */
  settle: (call: number, answer: HostCallAnswer) => void;
}

/** Whether the job runs in an instance, which takes memory. */
export const takesInstance = ({ task }: Job): boolean => task.kind !== "prepare";

/** Whether the job has its image before it begins, or is about to. */
export const isAhead = ({ begun, fetching, image }: Job): boolean => !begun && (fetching || image !== undefined);

/** Why a thread was given up. */
export type EndReason = "watchdog" | "crash" | "crowded";

const MESSAGES: Readonly<Record<EndReason, string>> = {
  watchdog: "The code could not be interrupted and was stopped",
  crash: "The sandbox's worker ended while the code ran",
  crowded: "The code was stopped: it ran long after a call to the host while too many others did",
};

/** The end of the code that ran in a thread as that was given up. */
export function endOf(reason: EndReason, durationMs: number): TaskEnd {
  const message = MESSAGES[reason];
  const error =
    reason === "crash"
      ? ({ code: "sandbox_crashed", name: "SandboxError", message, stack: "" } as const)
      : ({ code: "timeout", name: "TimeoutError", message, stack: "" } as const);
  return { type: "done", outcome: failedOutcome(error, durationMs, true), change: undefined, resumeMs: undefined };
}
