import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { API_SERVER_NAME, startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import { end, launch } from "@nexus/testkit/server-process";
import { stringify } from "yaml";
import { pulumiVariables } from "../../cli/surroundings";

const ROOT = path.resolve(__dirname, "../..");
const CONTROLLERS = ["deployment", "replicaset", "statefulset", "job", "namespace", "garbage-collector", "endpoints"];
const PAUSE_MS = 100;

/** An object of the cluster, as far as tests read it. */
export interface AnyObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string }[];
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function outputOf(child: ChildProcess): Promise<Ended> {
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

/**
 * A cluster without nodes: a real API server with real controllers. Whoever asks for pods gets them at once, but nothing
 * runs in them. The real engine deploys to it with a state of its own.
 */
export class EngineCluster {
  /** Images whose pods never become ready. */
  public readonly broken = new Set<string>();
  private stopped = false;
  private kubelet: Promise<void> = Promise.resolve();

  private constructor(
    private readonly server: TestApiServer,
    private readonly controllers: ChildProcess,
    private readonly folder: string,
    public readonly binDir: string,
  ) {}

  public static async start(): Promise<EngineCluster> {
    const binDir = path.dirname(process.env.NEXUS_TEST_KUBE_APISERVER_BIN ?? "");
    const server = await startApiServer();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-engine-"));
    const kubeconfig = path.join(folder, "kubeconfig");
    const cluster = {
      server: `https://127.0.0.1:${server.port}`,
      "tls-server-name": API_SERVER_NAME,
      "certificate-authority-data": Buffer.from(server.authority).toString("base64"),
    };
    const content = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster }],
      users: [{ name: "tester", user: { token: server.adminToken } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "tester" } }],
      "current-context": "test",
    };
    fs.writeFileSync(kubeconfig, JSON.stringify(content), { mode: 0o600 });
    fs.mkdirSync(path.join(folder, "state"));
    const controllers = launch(
      path.join(binDir, "kube-controller-manager"),
      [
        `--kubeconfig=${kubeconfig}`,
        `--controllers=${CONTROLLERS.map((name) => `${name}-controller`).join(",")}`,
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
      ],
      folder,
      {},
    );
    const made = new EngineCluster(server, controllers.child, folder, binDir);
    made.kubelet = made.runPods();
    return made;
  }

  public get kubeconfig(): string {
    return path.join(this.folder, "kubeconfig");
  }

  /** Variables with which pulumi uses this cluster's state. */
  public get variables(): Record<string, string> {
    const home = path.join(this.folder, "home");
    const variables = pulumiVariables(this.binDir, { KUBECONFIG: this.kubeconfig }, { stack: "dev" }, home);
    return { ...variables, PULUMI_BACKEND_URL: `file://${path.join(this.folder, "state")}` };
  }

  /** Writes a stack file. @param config sections of the configuration of `nexus` */
  public write(name: string, config: Readonly<Record<string, unknown>>): string {
    const file = path.join(this.folder, `${name}.yaml`);
    const own = { cluster: { kind: "context", context: "test", kubeconfig: this.kubeconfig } };
    const entries = Object.entries({ ...own, ...config }).map(([key, value]) => [`nexus:${key}`, value]);
    const { encryptionsalt } = this.salt();
    fs.writeFileSync(file, stringify({ encryptionsalt, config: Object.fromEntries(entries) }));
    return file;
  }

  private salt(): { encryptionsalt: string } {
    const [line = ""] = /^encryptionsalt: .*$/m.exec(fs.readFileSync(path.join(ROOT, "Pulumi.dev.yaml"), "utf8")) ?? [];
    return { encryptionsalt: line.replace("encryptionsalt: ", "") };
  }

  public spawnPulumi(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(path.join(this.binDir, "pulumi"), [...args, "--stack", "dev", "--non-interactive", "--color=never"], {
      cwd: ROOT,
      env: { ...process.env, ...this.variables, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  public async pulumi(...args: readonly string[]): Promise<Ended> {
    return await outputOf(this.spawnPulumi(args));
  }

  /** As {@link pulumi}. @throws Error with the whole output if it does not exit with 0 */
  public async pulumiOk(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /** Runs an npm script's command in another folder than the repository's. */
  public async nexus(...args: readonly string[]): Promise<Ended> {
    const command = [path.join(ROOT, "cli/nexus.mjs"), ...args, "--stack", "dev"];
    const env = { ...process.env, ...this.variables };
    return await outputOf(
      spawn(process.execPath, command, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] }),
    );
  }

  /** Asks the API server. */
  public async request<T>(method: string, url: string, body?: object, type = "application/json"): Promise<T> {
    const { port, authority: ca, adminToken } = this.server;
    const headers = { authorization: `Bearer ${adminToken}`, "content-type": type, accept: "application/json" };
    return await new Promise<T>((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: url, method, ca, servername: API_SERVER_NAME, headers };
      const request = https.request(options, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        answer.on("end", () => {
          if ((answer.statusCode ?? 500) < 300) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${url}: ${answer.statusCode} ${text.slice(0, 300)}`));
        });
      });
      request.once("error", reject).end(body && JSON.stringify(body));
    });
  }

  public async list(url: string): Promise<AnyObject[]> {
    const { kind, items } = await this.request<{ kind: string; items: AnyObject[] }>("GET", url);
    // The items of a list do not say what they are.
    return items.map((item) => ({ ...item, kind: kind.replace(/List$/, "") }));
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    await this.kubelet;
    await end(this.controllers, "SIGKILL");
    await this.server.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async runPods(): Promise<void> {
    while (!this.stopped) {
      // While the server starts, and when a pod has gone meanwhile.
      await this.runPodsOnce().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private async runPodsOnce(): Promise<void> {
    interface Pod extends AnyObject {
      readonly spec: { readonly containers: readonly { readonly image: string }[] };
      readonly status: { readonly phase?: string; readonly podIP?: string };
    }
    const pods = (await this.list("/api/v1/pods")) as Pod[];
    for (const { metadata, spec, status } of pods) {
      if (status.podIP !== undefined || status.phase === "Succeeded") continue;
      if (spec.containers.some(({ image }) => this.broken.has(image))) continue;
      const isJob = metadata.ownerReferences?.some(({ kind }) => kind === "Job");
      const at = new Date().toISOString();
      const ready = { type: "Ready", status: "True", lastTransitionTime: at };
      const now = isJob
        ? { phase: "Succeeded" }
        : { phase: "Running", podIP: "10.1.1.1", podIPs: [{ ip: "10.1.1.1" }], conditions: [ready] };
      const url = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`;
      await this.request("PATCH", url, { status: now }, "application/merge-patch+json");
    }
  }
}
