import { ProgramError, type RunOptions, runProgram } from "@nexus/host";
import type { KindRecord } from "./record";

/** Maximum time in which an engine must say its version; an engine whose virtual machine hangs never answers. */
const ANSWER_MS = 20_000;

/** The line of a program's output that says what went wrong. */
export function failureLine(error: unknown): string {
  if (!(error instanceof ProgramError)) return error instanceof Error ? error.message : String(error);
  const lines = error.output.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((one) => /^(error|fata)/i.test(one.trim())) ?? lines.at(-1);
  return line?.trim().replace(/[.?]$/, "") ?? `it ended with ${error.exitCode ?? "a signal"}`;
}

/**
 * Address of the engine that the user's docker uses.
 * @throws Error that says why there is none, and what to do
 */
async function currentHost(): Promise<string> {
  const format = ["--format", "{{.Endpoints.docker.Host}}"];
  const host = await runProgram("docker", ["context", "inspect", ...format], { timeoutMs: ANSWER_MS }).catch(
    (error: unknown) => {
      const missing = error instanceof ProgramError && /ENOENT/.test(error.output);
      if (missing) throw new Error("docker is not on PATH. Fix: install Docker, then npm run up");
      throw new Error(`docker context inspect says: ${failureLine(error)}. Fix: docker context use default`);
    },
  );
  return host.trim();
}

/** A Docker engine on this machine. */
export class DockerEngine {
  /**
   * @param host address of the engine's socket, whatever the current context is later
   * @param cluster cluster that was made on this engine before
   */
  private constructor(
    public readonly host: string,
    private readonly cluster: string | undefined,
  ) {}

  /**
   * The engine on which the cluster was made, whatever the current context is; without a cluster, the user's engine.
   * @throws Error that says why it cannot be used, and what to do
   */
  public static async find(made?: KindRecord): Promise<DockerEngine> {
    const engine = new DockerEngine(made?.dockerHost ?? (await currentHost()), made?.cluster);
    await engine.check();
    return engine;
  }

  /** @throws Error if the engine does not answer, or is on another machine */
  private async check(): Promise<void> {
    if (!/^(unix|npipe):/.test(this.host))
      throw new Error(
        `Docker's context leads to ${this.host || "nowhere"}; the cluster's ports must open on this machine. ` +
          "Fix: docker context use <a context whose engine is here>",
      );
    try {
      await this.run(["version", "--format", "{{.Server.Version}}"], { timeoutMs: ANSWER_MS });
    } catch (error) {
      const line = failureLine(error);
      const fix = /permission denied/i.test(line)
        ? "sudo usermod -aG docker $USER, log in again"
        : "start Docker, then run this again";
      if (this.cluster === undefined)
        throw new Error(`The Docker engine at ${this.host} does not answer: ${line}. Fix: ${fix}`);
      throw new Error(
        `The Docker engine at ${this.host}, on which the cluster "${this.cluster}" was made, does not answer: ${line}. ` +
          `Fix: ${fix}; or, where that engine is gone for good, npm run destroy -- --forget`,
      );
    }
  }

  /** Environment in which docker, kind and k3d use this engine, and only the kubeconfig `kubeconfig`. */
  public environment(kubeconfig?: string): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = { ...process.env, DOCKER_HOST: this.host };
    if (kubeconfig !== undefined) env.KUBECONFIG = kubeconfig;
    for (const name of Object.keys(env)) if (name.startsWith("KIND_EXPERIMENTAL_")) delete env[name];
    return env;
  }

  /** Runs docker and returns what it printed. */
  public run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return runProgram("docker", args, { ...options, env: this.environment() });
  }
}
