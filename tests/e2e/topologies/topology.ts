import { waitFor } from "@nexus/host";
import { kubectl, list } from "../platform";
import { StackCopy } from "../stack/copy";
import { type Pod, restartsOf, workloadPods } from "../stack/pods";

export const MINUTE = 60_000;

export async function readyPods(namespace: string): Promise<Pod[]> {
  return waitFor(`Pods of ${namespace} that are all ready`, 120, async () => {
    const pods = await workloadPods(namespace);
    const others = pods.filter(({ status }) => !status.containerStatuses?.every(({ ready }) => ready));
    if (others.length > 0)
      throw new Error(others.map(({ metadata, status }) => `${metadata.name} ${status.phase}`).join(", "));
    return pods;
  });
}

/** Every pod is ready and none has restarted; returns the workloads. */
export async function workloadsOf(namespace: string): Promise<string[]> {
  const pods = await readyPods(namespace);
  expect(await restartsOf(namespace, pods)).toEqual([]);
  return [...new Set(pods.map((pod) => pod.metadata.labels["app.kubernetes.io/name"] ?? ""))].sort();
}

export async function expectEndpoints(namespace: string): Promise<void> {
  interface Slice {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[];
  }
  const slices = await list<Slice>(namespace, "endpointslices");
  for (const { metadata } of await list(namespace, "services")) {
    const own = slices.filter((slice) => slice.metadata.labels["kubernetes.io/service-name"] === metadata.name);
    const ready = own.flatMap((slice) => slice.endpoints ?? []).some(({ conditions }) => conditions.ready);
    expect([metadata.name, ready]).toEqual([metadata.name, true]);
  }
}

/** `npm run status` names each workload, and `npm run logs` shows lines of it. */
export async function expectStatusAndLogs(
  stack: StackCopy,
  workloads: readonly string[],
  logged: readonly string[],
): Promise<void> {
  const logsOf = (name: string) => stack.nexus("logs", name, "--no-follow", "--tail", "5");
  const [status, ...logs] = await Promise.all([stack.nexus("status"), ...logged.map(logsOf)]);
  for (const name of workloads) expect(status.output).toContain(name);
  const outcomes = logs.map(({ exitCode, output }, index) => [logged[index], exitCode, output.length > 0]);
  expect(outcomes).toEqual(logged.map((name) => [name, 0, true]));
}

/** The database accepts connections, and answers queries of its user. */
export async function expectDatabase(namespace: string): Promise<void> {
  const run = (...command: string[]) => kubectl(namespace, "exec", "postgres-0", "--", ...command);
  const sql = async (text: string) => (await run("psql", "-U", "nexus", "-d", "nexus", "-tAc", text)).trim();
  expect(await run("pg_isready", "-U", "nexus")).toContain("accepting connections");
  expect(await sql("SELECT 1")).toBe("1");
  expect(Number(await sql("SELECT count(*) FROM pg_stat_activity"))).toBeGreaterThan(0);
}

/** `/health` of the kernel's Service answers a pod in an allowed namespace. */
export async function expectHealthInside(namespace: string, kernel: string, port: number): Promise<void> {
  const inside = `fetch('http://${kernel}:${port}/health').then((r) => console.log(r.status))`;
  const answer = await kubectl(namespace, "exec", `deploy/${kernel}`, "--", "node", "-e", inside);
  expect(answer.trim()).toBe("200");
}

/** Configuration of a topology, beside the dev stack's. */
export interface TopologySettings {
  readonly changes: Readonly<Record<string, unknown>>;
  /** Encrypted values by the path of their key. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A stack of a topology, with a state and a namespace of its own, so that it can be deployed beside others. */
export class Topology {
  private readonly stack = new StackCopy(true);
  private up: Promise<void> = Promise.reject(new Error("The topology was not started."));
  private removal: Promise<void> = Promise.resolve();

  /** @param bringUp deploys the stack with the settings */
  public constructor(
    private readonly name: string,
    private readonly bringUp = async (stack: StackCopy): Promise<void> => void (await stack.up("dev")),
  ) {
    this.up.catch(() => undefined);
  }

  /** Deploys it in the background. */
  public start({ changes, secrets = {} }: TopologySettings): void {
    const deploy = async () => {
      await this.stack.create();
      this.stack.edit("dev", (config) => Object.assign(config, { "nexus:topology": this.name, ...changes }));
      for (const [key, value] of Object.entries(secrets))
        await this.stack.pulumiOk("config", "set", "--stack", "dev", "--secret", "--path", key, value);
      await this.bringUp(this.stack);
    };
    this.up = deploy();
    this.up.catch(() => undefined);
  }

  /** Waits until it is up. */
  public async deployed(): Promise<StackCopy> {
    await this.up;
    return this.stack;
  }

  /** Waits until it is up, tests it, and starts to remove it in any case: removal is mostly waiting. */
  public async look(test: (stack: StackCopy) => Promise<void>): Promise<void> {
    try {
      await test(await this.deployed());
    } finally {
      this.removal = this.stack.remove();
      this.removal.catch(() => undefined);
    }
  }

  /** Fails if it could not be removed. */
  public async removed(): Promise<void> {
    await this.removal;
  }
}
