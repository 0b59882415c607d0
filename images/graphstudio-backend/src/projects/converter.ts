import { Worker } from "node:worker_threads";
import { ServiceError } from "@nexus/service";
import type { ConversionRequest, ConversionResult, Converted } from "./conversion";
import { FairTurns } from "./fair-turns";

/** A large project takes a second; what takes longer was made to. */
const TIMEOUT_MS = 5000;
const MEMORY_MB = 256;
/** Conversions of all tenants at a time. */
const AT_ONCE = 2;

/**
 * Converts projects in threads of their own, because the author of a project may be hostile: a thread that takes too long
 * or too much memory is ended, and the server's own thread goes on meanwhile.
 */
export class Converter {
  private readonly turns = new FairTurns(AT_ONCE);

  /** @param workerFile the bundled `convert-worker` */
  constructor(
    private readonly workerFile: string,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  /** @throws ServiceError with all problems of the project */
  async convert(tenantId: string, request: ConversionRequest): Promise<Converted> {
    const answer = await this.turns.run(tenantId, () => this.run(tenantId, request));
    const result = JSON.parse(answer) as ConversionResult;
    if ("problems" in result) throw unusable(result.problems);
    return result;
  }

  private async run(tenantId: string, request: ConversionRequest): Promise<string> {
    const worker = new Worker(this.workerFile, {
      workerData: request,
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((resolve, reject) => {
        const tooMuch = (what: string) => {
          this.turns.putBehind(tenantId);
          reject(unusable([`Converting the project takes more than ${what}.`]));
        };
        timer = setTimeout(() => tooMuch(`${this.timeoutMs / 1000} s`), this.timeoutMs);
        worker.once("message", resolve);
        worker.once("error", (error: NodeJS.ErrnoException) =>
          error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooMuch(`${MEMORY_MB} MiB of memory`) : reject(error),
        );
        worker.once("exit", (code) => reject(new Error(`the converter ended with ${code}`)));
      });
    } finally {
      clearTimeout(timer);
      await worker.terminate();
    }
  }
}

const MOST_PROBLEMS = 50;

function unusable(problems: readonly string[]): ServiceError {
  const errors = problems.slice(0, MOST_PROBLEMS).map((message) => ({ field: "files", message }));
  return new ServiceError("project_unusable", { detail: problems[0], errors });
}
