import { NexusError } from "@nexus/host";

/** A place in a file; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a compose file or a file it names. */
export interface ComposeProblem {
  readonly place: Place;
  /** The key, such as `services.web.ports[0]`; empty for a problem of the whole file. */
  readonly key: string;
  readonly text: string;
  /** The fix. */
  readonly fix?: string;
}

/** Maximum number of characters of a key in a message; deeply nested keys would fill pages. */
const LONGEST_KEY = 100;

function problemLine({ place, key, text, fix }: ComposeProblem): string {
  const shown = key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}...` : key;
  const subject = `${place.file}:${place.line}:${place.column}${shown === "" ? "" : ` ${shown}`}`;
  return `${subject}: ${text}.${fix === undefined ? "" : ` Fix: ${fix}.`}`;
}

/** A compose file that cannot be used: all problems at once, each with file, line, column and key. */
export class ComposeError extends NexusError {
  public constructor(public readonly details: readonly ComposeProblem[]) {
    const sorted = [...details].sort((a, b) => a.place.file.localeCompare(b.place.file) || a.place.line - b.place.line);
    const lines = [...new Set(sorted.map(problemLine))];
    super(`The compose file has ${lines.length} problem${lines.length === 1 ? "" : "s"}:`, lines);
    this.name = "ComposeError";
  }
}

/** Stops at once: nothing after this problem can be checked. */
export function fail(place: Place, key: string, text: string, fix?: string): never {
  throw new ComposeError([{ place, key, text, fix }]);
}

/** Continues after a problem, so that all problems are reported at once. Undefined if there was one. */
export function gather<T>(problems: ComposeProblem[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ComposeError)) throw error;
    for (const problem of error.details) problems.push(problem);
    return undefined;
  }
}

/** The beginning of a file. */
export function startOf(file: string): Place {
  return { file, line: 1, column: 1 };
}

/** `services.web.ports[0]` */
export function keyOf(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (key, step) => (typeof step === "number" ? `${key}[${step}]` : key === "" ? step : `${key}.${step}`),
    "",
  );
}
