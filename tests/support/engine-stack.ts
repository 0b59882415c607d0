import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { pulumiVariables } from "../../cli/surroundings";

const ROOT = path.resolve(__dirname, "../..");

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** What the engine keeps of a stack, as far as tests read it. */
export interface EngineState {
  readonly pending_operations?: readonly object[];
  readonly resources: readonly {
    readonly urn: string;
    readonly type: string;
    readonly delete?: boolean;
    readonly outputs?: {
      readonly metadata?: { readonly name: string; readonly namespace?: string };
      /** Of the program that makes only images. */
      readonly kernel?: string;
    };
  }[];
}

interface Cluster {
  readonly kubeconfig: string;
  /** Folder with the programs of Pulumi. */
  readonly binDir: string;
}

/** Folder with the programs of Pulumi that the tests start. */
export function pulumiFolder(): string {
  return path.dirname(process.env.NEXUS_TEST_KUBE_APISERVER_BIN ?? "");
}

async function outputOf(child: ChildProcess): Promise<Ended> {
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  return { code, output };
}

/** The passphrase of the stack dev is published, and so is the salt that belongs to it. */
function publishedSalt(): string {
  const file = fs.readFileSync(path.join(ROOT, "Pulumi.dev.yaml"), "utf8");
  return /^encryptionsalt: (.*)$/m.exec(file)?.[1] ?? "";
}

/** A stack dev with a folder of its own for its file, its state and its plugins. The real engine deploys it. */
export class EngineStack {
  /** The stack's file. */
  public readonly file: string;
  /** Folder of the file backend. */
  private readonly backend: string;

  private constructor(
    private readonly cluster: Cluster,
    private readonly folder: string,
    private readonly program: string,
  ) {
    this.file = path.join(folder, "stack.yaml");
    this.backend = path.join(folder, "state");
  }

  /**
   * @param folder - must not exist yet
   * @param program - folder of the program that the stack runs
   */
  public static async make(cluster: Cluster, folder: string, program = ROOT): Promise<EngineStack> {
    const stack = new EngineStack(cluster, folder, program);
    fs.mkdirSync(stack.backend, { recursive: true });
    // That writes the file of the stack dev beside the program, where this repository has one already.
    await new EngineStack(cluster, folder, ROOT).pulumiOk("stack", "init");
    return stack;
  }

  /** Folder in which the engine looks for plugins. */
  public get plugins(): string {
    return path.join(this.variables.PULUMI_HOME ?? "", "plugins");
  }

  /** Variables with which pulumi uses this stack's state. */
  public get variables(): Record<string, string> {
    const { binDir, kubeconfig } = this.cluster;
    const home = path.join(this.folder, "home");
    const variables = pulumiVariables(binDir, { KUBECONFIG: kubeconfig }, { stack: "dev" }, home);
    return { ...variables, PULUMI_BACKEND_URL: `file://${this.backend}` };
  }

  /** Writes the stack's file. @param config sections of the configuration of `nexus` */
  public configure(config: Readonly<Record<string, unknown>>): void {
    const own = { cluster: { kind: "context", context: "test", kubeconfig: this.cluster.kubeconfig } };
    const entries = Object.entries({ ...own, ...config }).map(([key, value]) => [`nexus:${key}`, value]);
    fs.writeFileSync(this.file, stringify({ encryptionsalt: publishedSalt(), config: Object.fromEntries(entries) }));
  }

  /** The state, as the backend's file has it. */
  public state(): EngineState {
    const file = path.join(this.backend, ".pulumi/stacks/nexus/dev.json");
    const { checkpoint } = JSON.parse(fs.readFileSync(file, "utf8")) as { checkpoint: { latest: EngineState } };
    return checkpoint.latest;
  }

  public spawnPulumi(...args: readonly string[]): ChildProcess {
    const { binDir } = this.cluster;
    return spawn(path.join(binDir, "pulumi"), [...args, "--stack", "dev", "--non-interactive", "--color=never"], {
      cwd: this.program,
      env: { ...process.env, ...this.variables },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  public async pulumi(...args: readonly string[]): Promise<Ended> {
    return await outputOf(this.spawnPulumi(...args));
  }

  /** As {@link pulumi}. @throws Error with the whole output if it does not exit with 0 */
  public async pulumiOk(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /** Plain `pulumi up` with the stack's file. */
  public async up(...flags: readonly string[]): Promise<Ended> {
    return await this.pulumi("up", "--yes", "--skip-preview", "--config-file", this.file, ...flags);
  }

  /** As {@link up}. @throws Error with the whole output if it fails */
  public async upOk(...flags: readonly string[]): Promise<string> {
    return await this.pulumiOk("up", "--yes", "--skip-preview", "--config-file", this.file, ...flags);
  }

  /** Runs an npm script's command in another folder than the repository's. */
  public async nexus(...args: readonly string[]): Promise<Ended> {
    const command = [path.join(ROOT, "cli/nexus.mjs"), ...args, "--stack", "dev", "--config-file", this.file];
    const env = { ...process.env, ...this.variables };
    return await outputOf(
      spawn(process.execPath, command, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] }),
    );
  }
}
