import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runProgram } from "@nexus/host";
import type { InstanceLayout } from "../../../local/platform/layout";
import { startPlatform } from "../../../local/platform/start";
import { stopPlatform } from "../../../local/platform/stop";
import { recordStackAnew } from "../../support/recorded-stack";
import { silentReporter } from "../../support/silent-reporter";
import { type KubernetesObject, small } from "../platform";

const DATABASES = ["postgres", "redis"];
const READ_BY_THEM = ["ConfigMap", "Secret", "ServiceAccount"];

/** A platform beside that of the tests: a cluster that somebody may add. */
export class SecondPlatform {
  private constructor(
    private readonly home: string,
    public readonly layout: InstanceLayout,
  ) {}

  public static async start(): Promise<SecondPlatform> {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-second-"));
    const { layout } = await startPlatform({ home, reporter: silentReporter, studioPort: "any" });
    return new SecondPlatform(home, layout);
  }

  /** How a connection from a pod of a Deployment ends. */
  public async connect(namespace: string, deployment: string, host: string, port: number): Promise<string> {
    const program = `nc -w 3 ${host} ${port} </dev/null && echo open`;
    const exec = ["exec", `deployment/${deployment}`, "--namespace", namespace, "--", "sh", "-c", program];
    return this.kubectl(...exec).then(
      (said) => said.trim(),
      (error: unknown) => String(error),
    );
  }

  public kubectl(...args: string[]): Promise<string> {
    return this.run(args);
  }

  /** Runs Postgres and Redis there as the stack dev deploys them. @returns their namespace */
  public async runDatabases(): Promise<string> {
    const config = { postgres: small["nexus:postgres"], redis: small["nexus:redis"] };
    const { manifests } = await recordStackAnew("dev", config);
    const { namespace = "" } = manifests.find(({ metadata }) => metadata.name === DATABASES[0])?.metadata ?? {};
    const items = manifests.filter(
      ({ kind, metadata }) =>
        metadata.namespace === namespace && (READ_BY_THEM.includes(kind) || DATABASES.includes(metadata.name)),
    );
    await this.kubectl("create", "namespace", namespace);
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await this.run(["apply", "--server-side", "--filename", "-"], input);
    for (const one of ["statefulset/postgres", "deployment/redis"])
      await this.kubectl("rollout", "status", one, "--namespace", namespace, "--timeout", "300s");
    return namespace;
  }

  /** Does what the page says: applies a manifest, and returns the kubeconfig that the commands print. */
  public async kubeconfigBy(manifest: string, commands: string): Promise<string> {
    const file = path.join(this.home, "account.yaml");
    fs.writeFileSync(file, manifest);
    await this.kubectl("apply", "-f", file);
    const env = { ...process.env, KUBECONFIG: this.layout.kubeconfig };
    return runProgram("sh", ["-euc", commands], { cwd: this.home, env });
  }

  public async list<Item = KubernetesObject>(namespace: string, kinds: string): Promise<Item[]> {
    const text = await this.kubectl("get", kinds, "--namespace", namespace, "-o", "json");
    return (JSON.parse(text) as { items: Item[] }).items;
  }

  public async stop(): Promise<void> {
    await stopPlatform({ home: this.home, deleteData: true });
  }

  private run(args: readonly string[], input?: string): Promise<string> {
    return runProgram("kubectl", ["--kubeconfig", this.layout.kubeconfig, ...args], { input });
  }
}
