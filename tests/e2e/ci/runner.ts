import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { duration } from "@nexus/host";
import { goTools } from "../../../local/toolchain/go-tools";
import { linkPlugins } from "../../../local/toolchain/program-links";
import { copyTree } from "../../support/workspace-copy";
import { descriptor, outcomeOf } from "../platform";

/**
 * The repository that runners clone: the present tree as the only commit of main.
 * @param changes changes of the stacks' configuration, so that they differ from those of other suites
 */
export function makeOrigin(changes: object): string {
  const origin = copyTree();
  for (const stack of ["dev", "staging"]) {
    const file = path.join(origin, `Pulumi.${stack}.yaml`);
    const content = parse(fs.readFileSync(file, "utf8")) as { config: object };
    fs.writeFileSync(file, stringify({ ...content, config: { ...content.config, ...changes } }));
  }
  const git = (...args: string[]) => execFileSync("git", args, { cwd: origin });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("-c", "user.name=CI", "-c", "user.email=ci@example.com", "commit", "--quiet", "--message=The tree as it is");
  return origin;
}

const KEPT_LINES = 60;
/** Node.js and what every Linux has. */
const SYSTEM_PATH = [path.dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"];
/** Variables with which this machine reaches package registries; below NEXUS_HOME, image builds find the same settings. */
const NETWORK = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy|NEXUS_HOME)$/i;
/** A machine that cannot reach Pulumi's site must not try. */
const PULUMI = [
  "PULUMI_SKIP_UPDATE_CHECK",
  "PULUMI_IGNORE_AMBIENT_PLUGINS",
  "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
];

function machineEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => NETWORK.test(name) || PULUMI.includes(name));
  const userConfig = process.env.npm_config_userconfig ?? path.join(os.homedir(), ".npmrc");
  return { ...Object.fromEntries(kept), npm_config_userconfig: userConfig, DOCKER_CONFIG: descriptor.dockerConfig };
}

/** The folder of the CLI that `npm test` has put on the PATH. */
function toolFolder(): string {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const found = folders.find((folder) => fs.existsSync(path.join(folder, "pulumi")));
  if (!found) throw new Error("There is no pulumi on PATH: the end-to-end tests are started by `npm test`.");
  return found;
}

const MEMORY = "/dev/shm";
const ROOMY = 4 * 1024 ** 3;

/** In memory if there is enough: a job installs 15,000 files, which take twice as long on a disk. */
function makeRoot(): string {
  const roomy = fs.existsSync(MEMORY) && freeBytesOf(MEMORY) > ROOMY;
  return fs.mkdtempSync(path.join(roomy ? MEMORY : os.tmpdir(), "nexus-runner-"));
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/** A hosted machine for one job: an empty home folder, and no variable of the person who runs the tests. */
export class Runner {
  private readonly root = makeRoot();
  private readonly path = [...SYSTEM_PATH];
  private readonly variables: NodeJS.ProcessEnv;
  private readonly clone = path.join(this.root, "work");

  /** @param name shown with each step */
  public constructor(private readonly name: string) {
    fs.mkdirSync(this.home);
    // Pulumi asks the system for the home folder, not this variable.
    const homes = { HOME: this.home, PULUMI_HOME: this.pulumiHome };
    this.variables = { ...machineEnvironment(), ...homes, CI: "true", GITHUB_WORKSPACE: this.clone };
  }

  public get home(): string {
    return path.join(this.root, "home");
  }

  private get pulumiHome(): string {
    return path.join(this.home, ".pulumi");
  }

  public remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  /** A program that hosted runners have but this machine lacks. */
  public addProgram(name: string, script: string): void {
    const folder = path.join(this.root, "bin");
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, name), script, { mode: 0o755 });
    if (!this.path.includes(folder)) this.path.unshift(folder);
  }

  public checkOut(origin: string): Promise<string> {
    return this.report("git clone", async () => {
      const { exitCode, output } = await outcomeOf(
        "git",
        ["clone", "--quiet", "--depth=1", `file://${origin}`, this.clone],
        {
          cwd: this.root,
        },
      );
      if (exitCode !== 0) throw new Error(output);
      return output;
    });
  }

  /** npm keeps its downloads here from job to job. */
  public useNpmCache(): void {
    this.variables.npm_config_cache = process.env.npm_config_cache ?? path.join(os.homedir(), ".npm");
  }

  /**
   * Puts the CLI and its plugins where an installer puts them, from this machine's tool cache.
   * @throws Error if that has neither the requested version nor the one that is built when nothing can be downloaded
   */
  public async installPulumi(version: string): Promise<void> {
    const folder = toolFolder();
    this.path.unshift(folder);
    linkPlugins(folder, this.pulumiHome);
    const installed = (await this.run(`install Pulumi ${version}`, "pulumi version", {})).trim();
    const built = goTools.find(({ name }) => name === "pulumi")?.version;
    if (installed !== `v${version}` && installed !== built)
      throw new Error(`Pulumi ${version} is asked for; the tool cache has ${installed}.`);
  }

  /**
   * Executes a step's script in the clone, as GitHub does with `shell: bash`.
   * @param title shown with how long it took
   * @throws Error with its output if it does not exit with 0
   */
  public run(title: string, script: string, variables: NodeJS.ProcessEnv): Promise<string> {
    return this.report(title, async () => {
      const env = { ...this.variables, ...variables, PATH: this.path.join(path.delimiter) };
      const args = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
      const { exitCode, output } = await outcomeOf("bash", args, { cwd: this.clone, env });
      if (exitCode !== 0) {
        const end = output.split("\n").slice(-KEPT_LINES).join("\n");
        throw new Error(`${this.name}: ${title} ended with ${exitCode}. Its last lines:\n${end}`);
      }
      return output;
    });
  }

  private async report(title: string, work: () => Promise<string>): Promise<string> {
    const started = Date.now();
    const say = (end: string) =>
      process.stdout.write(
        `  ${this.name.padEnd(20)} ${end.padEnd(6)} ${duration(Date.now() - started).padStart(10)}  ${title}\n`,
      );
    try {
      const output = await work();
      say("ok");
      return output;
    } catch (error) {
      say("FAILED");
      throw error;
    }
  }
}
