import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Readable } from "node:stream";
import type { PlatformDescriptor } from "../local/platform/descriptor";
import { platformHome, repositoryRoot, runProgram } from "@nexus/host";
import { linkPlugins } from "../local/toolchain/program-links";
import { PlainDisplay } from "./update/plain-display";
import type { StackOptions, StackSettings } from "./stack-settings";

/**
 * Passphrase of the local dev stack. It is public on purpose: the dev stack's secrets are generated, live on one
 * machine, and are worth nothing elsewhere. Every other stack needs a passphrase of its own.
 */
export const DEV_PASSPHRASE = "nexus-dev";

/** Where stacks keep their state unless the user chose a backend; Pulumi wants the folder to exist. */
function stateUrl(home: string): string {
  const folder = path.join(home, "state");
  const own = `file://${folder}`;
  const url = process.env.PULUMI_BACKEND_URL || own;
  // A shell of `npm run env` names it too, also after `npm run destroy`.
  if (url === own) fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  return url;
}

/** Variables by which kubectl and image builds find this machine's own cluster. For no other cluster. */
export function platformVariables({
  kubeconfig,
  dockerConfig,
  dockerHost,
}: PlatformDescriptor): Record<string, string> {
  return {
    KUBECONFIG: kubeconfig,
    ...(dockerConfig === undefined ? {} : { DOCKER_CONFIG: dockerConfig }),
    ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
  };
}

/** Lends the local platform's builder to a stack that goes elsewhere and names none; log-ins stay the user's. */
export function builderVariables(
  { builderName }: StackSettings,
  platform?: PlatformDescriptor,
): Record<string, string> {
  if (builderName !== undefined || platform?.dockerConfig === undefined) return {};
  return { BUILDX_CONFIG: path.join(platform.dockerConfig, "buildx") };
}

/**
 * Variables that make plain `pulumi` work on this clone without touching the user's own set-up. Links the plugins of
 * `binDir` into the PULUMI_HOME they name.
 * @param cluster those of the stack's cluster
 */
export function pulumiVariables(
  binDir: string,
  cluster: Readonly<Record<string, string>>,
  home = platformHome(),
): Record<string, string> {
  const pulumiHome = path.join(home, "pulumi");
  linkPlugins(binDir, pulumiHome);
  const variables: Record<string, string> = {
    PATH: `${binDir}${path.delimiter}${process.env.PATH ?? ""}`,
    NEXUS_HOME: home,
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: stateUrl(home),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Plugins that happen to be on the user's PATH have any version.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  if (process.env.PULUMI_CONFIG_PASSPHRASE === undefined && !process.env.PULUMI_CONFIG_PASSPHRASE_FILE)
    variables.PULUMI_CONFIG_PASSPHRASE = DEV_PASSPHRASE;
  return { ...variables, ...cluster };
}

/** Ctrl-C: Pulumi ends what it has begun, and the state says how far it came. */
export class InterruptedError extends Error {
  public constructor() {
    super("Interrupted. Run the same command again; it goes on where it stopped.");
    this.name = "InterruptedError";
  }
}

export class PulumiError extends Error {
  public constructor(command: string, code: number | null) {
    super(`pulumi ${command} failed (exit ${code ?? "by signal"}); its messages are above.`);
    this.name = "PulumiError";
  }
}

/** Pulumi's live display where a person looks on, plain lines where the output goes to a file or a CI job. */
const isLive = () => process.stdout.isTTY && process.stdin.isTTY && !process.env.CI;

/** Plugins leave files behind, a kubeconfig with its key among them: their folder goes with the command. */
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
    // Writing to a pipe that nobody reads kills Pulumi in the middle of an update: this process stands between.
    const [flags, output] = isLive() ? [[], "inherit" as const] : [["--non-interactive"], "pipe" as const];
    const child = spawn("pulumi", [...args, ...flags], {
      cwd: repositoryRoot,
      stdio: ["inherit", output, output],
      env,
    });
    if (child.stdout) showNews(child.stdout);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => process.stderr.write(text));
    let interrupted = false;
    // The terminal tells pulumi too; this process waits for it, to have the last word.
    const interrupt = () => {
      interrupted = true;
    };
    // This one comes to this process alone, from a CI job that is cancelled: Pulumi ends in order when it is interrupted.
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
 * Runs pulumi beside the terminal and returns what it printed.
 * @param input for its standard input
 */
export function readPulumi(
  variables: Record<string, string>,
  args: readonly string[],
  input?: string,
): Promise<string> {
  return withTemporaryFolder(variables, (env) => runProgram("pulumi", args, { cwd: repositoryRoot, env, input }));
}

/** A stack's state, as far as commands read it. */
export interface ExportedStack {
  readonly deployment?: {
    readonly pending_operations?: readonly unknown[];
    readonly resources?: readonly {
      readonly type: string;
      readonly inputs?: { readonly metadata?: { readonly name?: string; readonly namespace?: string } };
    }[];
  };
}

export async function exportStack(variables: Record<string, string>, stack: string): Promise<ExportedStack> {
  return JSON.parse(await readPulumi(variables, ["stack", "export", "--stack", stack])) as ExportedStack;
}

/** For commands that read the configuration; those of the state alone refuse its file. */
export function stackArguments(options: StackOptions): string[] {
  return ["--stack", options.stack, ...(options.configFile ? ["--config-file", options.configFile] : [])];
}

/** Selects the stack, making it first where it does not exist. */
export async function selectStack(variables: Record<string, string>, { stack }: StackOptions): Promise<void> {
  await runPulumi(variables, ["stack", "select", "--create", "--stack", stack]);
}
