import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runProgram } from "@nexus/host";
import { parse, stringify } from "yaml";
import { withFix } from "../support/pulumi-config";
import { fixesOf, mistakes, type Tree } from "../support/wrong-values";

const PREFIX = "nexus:";
/** Only every n-th mistake of a key is tried. */
const STEP = 20;

/** Each try starts a program, so of commands that differ only in their words and numbers one is tried. */
function formOf(command: string): string {
  const word = /(?<!--)\b(?!(?:true|false|null|set|rm)\b)[a-z]\w*/gi;
  return command.replace(word, "a").replace(/[1-9]\d*/g, "1");
}

/** A project with one stack, whose file the commands change. */
class StackFile {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-fixes-"));
  private readonly file = path.join(this.folder, "Pulumi.dev.yaml");
  private readonly env = {
    ...process.env,
    PULUMI_HOME: path.join(this.folder, "home"),
    PULUMI_BACKEND_URL: `file://${this.folder}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };

  public async create(): Promise<void> {
    fs.mkdirSync(path.join(this.folder, "home"));
    fs.writeFileSync(path.join(this.folder, "Pulumi.yaml"), "name: nexus\nruntime: nodejs\n");
    await this.run("pulumi stack init dev");
  }

  /** The configuration after a shell has run the command. */
  public async after(config: Tree, command: string): Promise<Tree> {
    const keys = Object.entries(config).map(([name, value]) => [PREFIX + name, value]);
    fs.writeFileSync(this.file, stringify({ config: Object.fromEntries(keys) as Tree }));
    await this.run(command);
    const { config: changed } = parse(fs.readFileSync(this.file, "utf8")) as { config: Tree | null };
    return Object.fromEntries(Object.entries(changed ?? {}).map(([key, value]) => [key.slice(PREFIX.length), value]));
  }

  public remove(): void {
    fs.rmSync(this.folder, { recursive: true });
  }

  private run(command: string): Promise<string> {
    return runProgram("sh", ["-c", command], { cwd: this.folder, env: this.env });
  }
}

/**
 * Commands of messages that Pulumi refuses, that do not solve the problem, or whose effect differs from that in our
 * other tests.
 */
export async function wrongFixes(): Promise<string[]> {
  const stack = new StackFile();
  await stack.create();
  const wrong: string[] = [];
  const seen = new Set<string>();
  try {
    for (const { config } of mistakes(STEP))
      for (const { line, fix } of fixesOf(config)) {
        if (fix === undefined || seen.has(formOf(fix))) continue;
        seen.add(formOf(fix));
        const after = await stack.after(config, fix).catch((error: unknown) => String(error));
        const cured = typeof after !== "string" && !fixesOf(after).some((one) => one.line === line);
        const same =
          stringify(after, { sortMapEntries: true }) === stringify(withFix(config, fix), { sortMapEntries: true });
        if (!cured || !same) wrong.push(`${line}: ${stringify(after)}`);
      }
  } finally {
    stack.remove();
  }
  return wrong;
}
