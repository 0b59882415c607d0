import { waitFor } from "../../local/platform/wait";
import {
  composeConfig,
  composeSecrets,
  expectOrder,
  expectProjectsRun,
  expectProjectsWork,
  expectSecretsApart,
  refusedByServer,
} from "./compose-projects";
import { expectDiscovered } from "./discovery";
import { buildKubectlImage } from "./kubectl-image";
import { kubectl, list } from "./platform";
import { getThroughPortForward } from "./port-forward";
import { StackCopy } from "./stack/copy";
import type { Pod } from "./stack/pods";

const MINUTE = 60_000;
const stack = new StackCopy(true);

let kubectlImage: string;

beforeAll(async () => {
  [kubectlImage] = await Promise.all([buildKubectlImage(), stack.create()]);
}, 3 * MINUTE);
afterAll(() => stack.remove(), 5 * MINUTE);

/** Little CPU, because other stacks share the node's cores; the exact requests are asserted without a cluster. */
const requests = { cpu: "50m" };
const small = {
  "nexus:kernel": { requests },
  "nexus:postgres": { requests },
  "nexus:redis": { requests },
};

async function readyPods(namespace: string): Promise<Pod[]> {
  return waitFor(`Pods of ${namespace} that are all ready`, 120, async () => {
    const pods = (await list<Pod>(namespace, "pods")).filter((pod) => pod.status.phase !== "Succeeded");
    return pods.every((pod) => pod.status.containerStatuses?.every(({ ready }) => ready)) ? pods : undefined;
  });
}

/** Every pod is ready and none has restarted; returns the workloads. */
async function workloadsOf(namespace: string): Promise<string[]> {
  const pods = await readyPods(namespace);
  const restarted = pods.filter((pod) => pod.status.containerStatuses?.some(({ restartCount }) => restartCount > 0));
  expect(restarted.map((pod) => pod.metadata.name)).toEqual([]);
  return [...new Set(pods.map((pod) => pod.metadata.labels["app.kubernetes.io/name"] ?? ""))].sort();
}

async function expectEndpoints(namespace: string): Promise<void> {
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

const psql = (namespace: string, ...command: string[]) => kubectl(namespace, "exec", "postgres-0", "--", ...command);
const sql = (namespace: string, text: string) =>
  psql(namespace, "psql", "-U", "nexus", "-d", "nexus", "-tAc", text).then((answer) => answer.trim());

/** Runs a topology on the cluster, looks at it, and removes it again however that went. */
async function withTopology(
  topology: string,
  changes: Record<string, unknown>,
  look: () => Promise<void>,
  secrets: Readonly<Record<string, string>> = {},
): Promise<void> {
  const restore = stack.edit("dev", (config) => Object.assign(config, { "nexus:topology": topology, ...changes }));
  try {
    for (const [key, value] of Object.entries(secrets))
      await stack.pulumiOk("config", "set", "--stack", "dev", "--secret", "--path", key, value);
    await stack.up("dev");
    await look();
  } finally {
    await stack.pulumiOk("destroy", "--yes", "--skip-preview", "--stack", "dev");
    restore();
  }
}

test(
  "A16 A17 A18 A39 A40: the topology python comes up, shows its state and logs, and answers through every door",
  async () => {
    const namespace = "nexus-python";
    await withTopology("python", { ...small, "nexus:networking": { nodePort: 30181 } }, async () => {
      const all = ["graphstudio-backend", "graphstudio-frontend", "postgres", "redis", "workspace-kernel"];
      expect(await workloadsOf(namespace)).toEqual(all);
      const status = await stack.nexus("status");
      for (const name of all) expect(status.output).toContain(name);
      for (const name of ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "postgres"]) {
        const logs = await stack.nexus("logs", name, "--no-follow", "--tail", "5");
        expect([name, logs.exitCode, logs.output.length > 0]).toEqual([name, 0, true]);
      }
      // The cluster's DNS may still say for some seconds that a new Service does not exist.
      const studio = await waitFor("The studio's way to the kernel", 30, async () => {
        const answer = await getThroughPortForward(namespace, "service/graphstudio-frontend", 80, "/health");
        return answer.ok ? answer : undefined;
      });
      expect(await studio.json()).toMatchObject({ service: "workspace-kernel" });
      const kernel = await getThroughPortForward(namespace, "service/workspace-kernel", 8000, "/health");
      expect(kernel.status).toBe(200);
      expect(await psql(namespace, "pg_isready", "-U", "nexus")).toContain("accepting connections");
      expect(await sql(namespace, "SELECT 1")).toBe("1");
      expect(Number(await sql(namespace, "SELECT count(*) FROM pg_stat_activity"))).toBeGreaterThan(0);
      const inside = "fetch('http://workspace-kernel:8000/health').then((r) => console.log(r.status))";
      const answer = await kubectl(namespace, "exec", "deploy/workspace-kernel", "--", "node", "-e", inside);
      expect(answer.trim()).toBe("200");
      await expectEndpoints(namespace);
    });
  },
  12 * MINUTE,
);

test(
  "B21 B22 B23 B25 B26 E3 E5 E12 E13 E21 E25: the topology mono comes up, compose projects run beside it, and a scan finds the databases of both",
  async () => {
    const namespace = "nexus-mono";
    const changes = {
      ...small,
      "nexus:namespace": namespace,
      "nexus:networking": { nodePort: 30182 },
      "nexus:compose": composeConfig(kubectlImage),
    };
    const look = async () => {
      const all = ["graphstudio-frontend", "nexus-os", "postgres", "redis", "workspace-kernel"];
      expect(await workloadsOf(namespace)).toEqual(all);
      for (const name of ["workspace-kernel", "graphstudio-frontend", "nexus-os"]) {
        const logs = await kubectl(namespace, "logs", "--selector", `app.kubernetes.io/name=${name}`, "--tail=50");
        expect(logs).not.toContain('"level":"error"');
      }
      const kernel = await getThroughPortForward(namespace, "service/workspace-kernel", 3000, "/health");
      expect(kernel.status).toBe(200);
      const workspaces = await getThroughPortForward(namespace, "service/workspace-kernel", 3000, "/api/v1/workspaces");
      expect(workspaces.status).toBe(200);
      expect(await sql(namespace, "SELECT 1")).toBe("1");
      await expectEndpoints(namespace);
      await expectProjectsRun();
      await expectProjectsWork();
      await expectSecretsApart();
      await expectOrder();
      await expectDiscovered(stack, namespace, "compose-ordered");
    };
    await withTopology("mono", changes, look, composeSecrets);
  },
  12 * MINUTE,
);

test(
  "E5: the API server accepts every object of every compose project that the tests know",
  async () => {
    expect(await refusedByServer()).toEqual({});
  },
  5 * MINUTE,
);

test(
  "C2 C7 D29 D30 D31: the topology runtime comes up alone, and a pod that is stopped leaves the others serving",
  async () => {
    const namespace = "nexus-runtime";
    const changes = { "nexus:kernel": { requests }, "nexus:networking": {} };
    await withTopology("runtime", changes, async () => {
      expect(await workloadsOf(namespace)).toEqual(["nexus-runtime"]);
      // The Deployment starts with one pod; the autoscaler brings the second.
      const pods = await waitFor("The autoscaler's least number of pods", 90, async () => {
        const ready = await readyPods(namespace);
        return ready.length === 2 ? ready : undefined;
      });
      const health = () => getThroughPortForward(namespace, "service/nexus-runtime", 80, "/health");
      expect(await (await health()).json()).toMatchObject({ storage: "ephemeral" });
      await kubectl(namespace, "delete", "pod", pods[0]?.metadata.name ?? "");
      expect((await health()).status).toBe(200);
      await expectEndpoints(namespace);
    });
  },
  12 * MINUTE,
);
