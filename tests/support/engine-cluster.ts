import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { runProgram } from "@nexus/host";
import { API_SERVER_NAME, startApiServer, type TestApiServer } from "@nexus/testkit/api-server";
import { end, launch } from "@nexus/testkit/server-process";
import { EngineStack, pulumiFolder } from "./engine-stack";

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

/**
 * A cluster without nodes: a real API server with real controllers. Whoever asks for pods gets them at once, but nothing
 * runs in them. The real engine deploys to it.
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
    const binDir = pulumiFolder();
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

  /** Makes a stack that is deployed here. @param name a word that no other stack here has */
  public async stack(name: string): Promise<EngineStack> {
    return await EngineStack.make(this, path.join(this.folder, name));
  }

  /** Runs kubectl. @throws Error with its output if it fails */
  public async kubectl(...args: readonly string[]): Promise<string> {
    const env = { ...process.env, KUBECONFIG: this.kubeconfig };
    return await runProgram(path.join(this.binDir, "kubectl"), args, { env });
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
