import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Readable } from "node:stream";
import { isOnPath, repositoryRoot, runProgram, TOOLS_ON_PATH } from "@nexus/host";
import type { RecordedOutputs } from "../components/guard/recorded";
import { PlainDisplay } from "./update/plain-display";
import type { StackOptions } from "./stack-settings";

/** After Ctrl-C Pulumi finishes the operations that it has begun, and the state records them. */
export class InterruptedError extends Error {
  public constructor() {
    super("Interrupted. Run the same command again; it continues where it stopped.");
    this.name = "InterruptedError";
  }
}

export class PulumiError extends Error {
  public constructor(command: string, code: number | null) {
    const reason = `pulumi ${command} failed (exit ${code ?? "by signal"}); its messages are above.`;
    super(isOnPath("pulumi") ? reason : `${reason} Before a \`pulumi\` command that they name: ${TOOLS_ON_PATH}`);
    this.name = "PulumiError";
  }
}

/** Pulumi's live display on a terminal, plain lines if the output goes to a file or a CI job. */
const isLive = () => process.stdout.isTTY && process.stdin.isTTY && !process.env.CI;

/** Plugins leave files behind, including a kubeconfig with its key, so their folder is removed after the command. */
async function withTemporaryFolder<T>(
  variables: Record<string, string>,
  work: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const folder = fs.mkdtempSync(path.join(variables.PULUMI_HOME ?? os.tmpdir(), "command-"));
  try {
    return await work({ ...process.env, ...variables, TMPDIR: folder });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs pulumi in this terminal; its own display shows the progress. */
export function runPulumi(variables: Record<string, string>, args: readonly string[]): Promise<void> {
  return withTemporaryFolder(variables, (env) => showPulumi(args, env));
}

function showNews(output: Readable): void {
  const display = new PlainDisplay();
  output.setEncoding("utf8").on("data", (text: string) => process.stdout.write(display.take(text)));
  output.once("end", () => process.stdout.write(display.end()));
}

function showPulumi(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    // If Pulumi wrote to a closed pipe, the signal would kill it in the middle of an update, so its output goes through
    // this process.
    const [flags, output] = isLive() ? [[], "inherit" as const] : [["--non-interactive"], "pipe" as const];
    const child = spawn("pulumi", [...args, ...flags], {
      cwd: repositoryRoot,
      stdio: ["inherit", output, output],
      env,
    });
    if (child.stdout) showNews(child.stdout);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => process.stderr.write(text));
    let interrupted = false;
    // The terminal sends the signal to Pulumi too; this process waits for it and prints the last message.
    const interrupt = () => {
      interrupted = true;
    };
    // Only this process gets this signal, for example from a cancelled CI job. It interrupts Pulumi, which then ends in
    // an orderly way.
    const terminate = () => {
      interrupted = true;
      child.kill("SIGINT");
    };
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", terminate);
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", terminate);
      if (code === 0) resolve();
      else reject(interrupted ? new InterruptedError() : new PulumiError(args[0] ?? "", code));
    });
  });
}

/**
 * Runs pulumi without the terminal and returns what it printed.
 * @param input text for its standard input
 */
export function readPulumi(
  variables: Record<string, string>,
  args: readonly string[],
  input?: string,
): Promise<string> {
  return withTemporaryFolder(variables, (env) => runProgram("pulumi", args, { cwd: repositoryRoot, env, input }));
}

/** The parts of a stack's state that commands read. */
export interface ExportedStack {
  readonly deployment?: {
    readonly pending_operations?: readonly unknown[];
    readonly resources?: readonly {
      readonly urn: string;
      readonly type: string;
      readonly outputs?: RecordedOutputs;
      /** Resources that an update has replaced but not deleted yet. */
      readonly delete?: boolean;
      readonly protect?: boolean;
      /** URNs of the resources that this one depends on, and the same for each of its properties. */
      readonly dependencies?: readonly string[];
      readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
    }[];
  };
}

export async function exportStack(variables: Record<string, string>, stack: string): Promise<ExportedStack> {
  return JSON.parse(await readPulumi(variables, ["stack", "export", "--stack", stack])) as ExportedStack;
}

/** For commands that read the configuration; commands that only read the state do not accept a configuration file. */
export function stackArguments(options: StackOptions): string[] {
  return ["--stack", options.stack, ...(options.configFile ? ["--config-file", options.configFile] : [])];
}

/** Selects the stack, and creates it first if it does not exist. */
export async function selectStack(variables: Record<string, string>, { stack }: StackOptions): Promise<void> {
  await runPulumi(variables, ["stack", "select", "--create", "--stack", stack]);
}
