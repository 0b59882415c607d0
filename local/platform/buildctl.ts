import { runProgram, type RunOptions } from "@nexus/host";

export interface Builder {
  /** The program `buildctl`, or its path. */
  readonly buildctl: string;
  /** Path of BuildKit's socket. */
  readonly socket: string;
}

/**
 * Runs BuildKit's client.
 * @returns its standard output
 * @throws ProgramError if it does not exit with 0
 */
export function runBuildctl(
  { buildctl, socket }: Builder,
  args: readonly string[],
  { onLine }: Pick<RunOptions, "onLine"> = {},
): Promise<string> {
  // With traces, buildctl fails after a build that succeeded if they are not sent within 50 ms (moby/buildkit#6912).
  const env = { ...process.env, OTEL_TRACES_SAMPLER: "always_off" };
  return runProgram(buildctl, ["--addr", `unix://${socket}`, ...args], { env, onLine });
}
