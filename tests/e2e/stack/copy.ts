import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { copyWorkspace } from "../../support/workspace-copy";
import { type Outcome, outcomeOf, pulumi, pulumiOk } from "../platform";

/** A clone of the tree whose stacks are deployed; tests change its sources and stack files as a person would. */
export class StackCopy {
  private copy: string | undefined;

  public get folder(): string {
    if (!this.copy) throw new Error("The copy of the tree is made before the first test.");
    return this.copy;
  }

  public async create(): Promise<void> {
    this.copy = copyWorkspace();
    await this.pulumiOk("stack", "select", "--create", "dev");
  }

  public async remove(): Promise<void> {
    await this.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  public pulumi(...args: string[]): Promise<Outcome> {
    return pulumi(this.folder, ...args);
  }

  public pulumiOk(...args: string[]): Promise<string> {
    return pulumiOk(this.folder, ...args);
  }

  /** Deploys a stack with plain pulumi and returns what it printed. */
  public up(stack: string): Promise<string> {
    return this.pulumiOk("up", "--yes", "--skip-preview", "--stack", stack);
  }

  /** Starts plain pulumi and returns at once. */
  public startPulumi(...args: string[]): ChildProcess {
    return spawn("pulumi", [...args, "--non-interactive"], { cwd: this.folder, stdio: "ignore" });
  }

  /** Runs an npm script's command, such as `up`. */
  public nexus(...args: string[]): Promise<Outcome> {
    return outcomeOf(process.execPath, ["--import", "tsx", "cli/main.ts", ...args], this.folder);
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
