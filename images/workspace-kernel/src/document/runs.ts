import type { ExecutionAnswer } from "../workspaces/answer";

/** Kept runs of a cell. */
export const RUNS_PER_CELL = 20;
/** Kept answers of the runs of a document together; older runs stay without their answers. */
export const MAX_ANSWERS_BYTES = 4 * 1024 * 1024;
/** Of one answer; beyond it the value of the run is left out, and then its logs. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** An answer as it is kept: what is too large is left out, and the answer says so. */
export function keptAnswer(answer: ExecutionAnswer): string {
  const smaller = [answer, { ...answer, result: null, truncated: true }].map((each) => JSON.stringify(each));
  const fits = smaller.find((text) => Buffer.byteLength(text) <= MAX_ANSWER_BYTES);
  if (fits !== undefined) return fits;
  const dropped = answer.droppedLogLines + answer.logs.length;
  return JSON.stringify({ ...answer, result: null, logs: [], droppedLogLines: dropped, truncated: true });
}
