import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { TYPESCRIPT_ARGUMENTS } from "@nexus/host";
import { copyWorkspace } from "../../support/workspace-copy";
import { descriptor, type Outcome, outcomeOf } from "../platform";

/** A clone of the tree from which stacks are deployed. Tests change its sources and stack files as a user would. */
export class StackCopy {
  /**
   * @param ownState keeps the state beside the copy, so that its stacks differ from those of the test cluster
   * @param copy folder of the copy, if more than one suite uses it
   */
  public constructor(
    private readonly ownState = false,
    private copy?: string,
  ) {}

  public get folder(): string {
    if (!this.copy) throw new Error("The copy of the tree is made before the first test.");
    return this.copy;
  }

  /** Staging has state and a passphrase of its own, as its owner would give it. */
  private envOf(args: readonly string[]): NodeJS.ProcessEnv {
    const isStaging = args.includes("staging");
    if (!this.ownState && !isStaging) return process.env;
    const state = path.join(this.folder, isStaging ? ".staging-state" : ".state");
    fs.mkdirSync(state, { recursive: true });
    const builder = path.join(descriptor.dockerConfig ?? "", "buildx");
    const own = { PULUMI_CONFIG_PASSPHRASE: "only of this run", BUILDX_CONFIG: builder };
    return { ...process.env, PULUMI_BACKEND_URL: `file://${state}`, ...(isStaging ? own : {}) };
  }

  public async create(): Promise<void> {
    this.copy = copyWorkspace(this.copy);
    await this.pulumiOk("stack", "select", "--create", "dev");
  }

  public async remove(): Promise<void> {
    await this.pulumiOk("destroy", "--yes", "--skip-preview", "--stack", "dev");
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs plain pulumi, as a person would in a shell prepared by `npm run env`. */
  public pulumi(...args: string[]): Promise<Outcome> {
    return outcomeOf("pulumi", [...args, "--non-interactive", "--color=never"], {
      cwd: this.folder,
      env: this.envOf(args),
    });
  }

  /** As {@link pulumi}; fails the test with the whole output if it does not exit with 0. */
  public async pulumiOk(...args: string[]): Promise<string> {
    const { exitCode, output } = await this.pulumi(...args);
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${exitCode}:\n${output}`);
    return output;
  }

  /** Deploys a stack with plain pulumi and returns what it printed. */
  public up(stack: string): Promise<string> {
    return this.pulumiOk("up", "--yes", "--skip-preview", "--stack", stack);
  }

  /** Starts plain pulumi in a process group of its own, and returns at once. */
  public startPulumi(...args: string[]): ChildProcess {
    return spawn("pulumi", [...args, "--non-interactive"], {
      cwd: this.folder,
      env: this.envOf(args),
      stdio: "ignore",
      detached: true,
    });
  }

  /** Runs an npm script's command, such as `up`; the output has what it wrote to standard error too. */
  public nexus(...args: string[]): Promise<Outcome> {
    const command = [process.execPath, ...TYPESCRIPT_ARGUMENTS, "cli/main.ts", ...args];
    return outcomeOf("sh", ["-c", 'exec "$@" 2>&1', "sh", ...command], { cwd: this.folder, env: this.envOf(args) });
  }

  /** Changes the configuration of a stack file; returns a function that puts the file back. */
  public edit(stack: string, change: (config: Record<string, unknown>) => void): () => void {
    return this.rewrite(`Pulumi.${stack}.yaml`, (text) => {
      const content = parse(text) as { config: Record<string, unknown> };
      change(content.config);
      return stringify(content);
    });
  }

  /** Changes a file; returns a function that puts it back. */
  public rewrite(name: string, change: (text: string) => string): () => void {
    const file = path.join(this.folder, name);
    const original = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, change(original));
    return () => fs.writeFileSync(file, original);
  }
}
