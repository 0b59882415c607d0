import { type ChildProcess, execFile, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";
import { promisify } from "node:util";
import { cacheDir } from "@nexus/host";
import { clusterSettings, platformsCidr } from "./cluster-settings";
import type { InstanceLayout } from "./layout";

const run = promisify(execFile);

/** Network namespace of a program: the node's, or the machine's. Every program sees the node's files and processes. */
export type NodeNetwork = "node" | "host";

/** The node's namespaces; their process 1 keeps them open. */
export class NodeNamespaces {
  private constructor(
    private readonly holder: ChildProcess,
    /** Process id of the node's process 1 on the machine. */
    public readonly pid: number,
  ) {}

  /**
   * Makes the namespaces, the node's root file system and the network to the machine.
   * @throws Error with the output of the set-up script, if a mount or a namespace is refused
   */
  public static async create(layout: InstanceLayout, rootfs: string): Promise<NodeNamespaces> {
    fs.mkdirSync(layout.runDir, { recursive: true, mode: 0o700 });
    const script = path.join(__dirname, "node-root.sh");
    const holder = spawn(
      "unshare",
      [
        "--mount",
        "--pid",
        "--net",
        "--uts",
        "--ipc",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "bash",
        script,
        rootfs,
        layout.home,
        cacheDir(),
        layout.runDir,
      ],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    await waitUntilReady(holder);
    const namespaces = new NodeNamespaces(holder, childOf(holder.pid ?? 0));
    await namespaces.connect(layout);
    return namespaces;
  }

  /** Calls back when the node's process 1 has ended, and with it the whole node. */
  public onExit(callback: () => void): void {
    this.holder.once("exit", callback);
  }

  /** Ends the node: closing its input ends process 1, and the Linux kernel ends the rest. */
  public close(): void {
    this.holder.stdin?.end();
  }

  /** The command line that runs a program on the node. */
  public command(program: readonly string[], network: NodeNetwork = "node"): [string, string[]] {
    const enter = ["--target", String(this.pid), "--mount", "--pid", "--uts", "--ipc", "--root", "--wd"];
    return ["nsenter", [...enter, ...(network === "node" ? ["--net"] : []), "--", ...program]];
  }

  /** Runs a short program on the node to its end and returns what it printed. */
  public async run(program: readonly string[], network: NodeNetwork = "node"): Promise<string> {
    const [file, args] = this.command(program, network);
    return (await run(file, args, { env: nodeEnvironment() })).stdout;
  }

  private async connect(layout: InstanceLayout): Promise<void> {
    const ip = async (network: NodeNetwork, args: string) => this.run(["ip", ...args.split(" ")], network);
    const { hostInterface: outer, nodeInterface: inner } = layout;
    await ip("host", `link add ${outer} type veth peer name ${inner} netns 1`);
    await ip("host", `addr add ${layout.hostAddress}/30 dev ${outer}`);
    await ip("host", `link set ${outer} up`);
    await ip("node", "link set lo up");
    await ip("node", `addr add ${layout.nodeAddress}/30 dev ${inner}`);
    await ip("node", `link set ${inner} up`);
    // Service addresses are rewritten before packets leave, but only if a route exists. Without a route, connections to
    // all other addresses fail at once.
    await ip("node", `route add ${clusterSettings.serviceCidr} via ${layout.hostAddress}`);
    await ip("node", `route add ${platformsCidr} via ${layout.hostAddress}`);
    await ip("node", "route add unreachable default metric 4000");
    // This interface only: whether the machine forwards packets of others is its owner's matter.
    fs.writeFileSync(`/proc/sys/net/ipv4/conf/${outer}/forwarding`, "1");
  }
}

/**
 * Environment of programs on the node: none of the user's variables except the proxies and certificates of the machine.
 */
export function nodeEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => /^(https?|no|all)_proxy$/i.test(name));
  return { ...Object.fromEntries(inherited), PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LANG: "C.UTF-8" };
}

async function waitUntilReady(holder: ChildProcess): Promise<void> {
  const output: string[] = [];
  holder.stderr?.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) =>
      reject(new Error(`The node's namespaces could not be made (${why}): ${output.join("").trim()}`));
    holder.once("error", (error) => fail(error.message));
    holder.once("exit", (code) => fail(`exit ${code}`));
    if (!holder.stdout) return fail("no output");
    readline.createInterface({ input: holder.stdout }).on("line", (line) => line === "ready" && resolve());
  });
}

function childOf(parent: number): number {
  const child = Number(fs.readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ")[0]);
  if (!child) throw new Error(`Process ${parent} has no child: the node ended while it started.`);
  return child;
}
