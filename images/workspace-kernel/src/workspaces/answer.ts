import type { ExecutionOutcome, RestartReason } from "../sandbox/messages";

/** The answer for the caller of an execution. */
export interface ExecutionAnswer extends Omit<ExecutionOutcome, "reset" | "hostCalls" | "memoryBytes"> {
  readonly restarted: boolean;
  readonly restartReason?: RestartReason;
  readonly rolledBack: boolean;
}

export function toAnswer(outcome: ExecutionOutcome, restart: RestartReason | undefined): ExecutionAnswer {
  const { reset, hostCalls: _calls, memoryBytes: _bytes, ...rest } = outcome;
  return {
    ...rest,
    restarted: restart !== undefined,
    ...(restart ? { restartReason: restart } : {}),
    rolledBack: reset,
  };
}
