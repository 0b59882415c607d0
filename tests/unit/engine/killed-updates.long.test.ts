import { once } from "node:events";
import { createInterface } from "node:readline";
import { recoverInterruptedUpdate } from "../../../cli/update/interrupted-update";
import { EngineCluster } from "../../support/engine-cluster";
import { SERVED } from "../../support/fake-object-api";

const MINUTE = 60_000;
let cluster: EngineCluster;
let file: string;
beforeAll(async () => {
  cluster = await EngineCluster.start();
  await cluster.pulumiOk("stack", "init");
  const references = { "workspace-kernel": `registry.invalid/nexus/kernel@sha256:${"a".repeat(64)}` };
  const images = { builder: "prebuilt", references };
  // Nobody measures the pods of this cluster, so an autoscaler would ask for none.
  file = cluster.write("stack", { topology: "runtime", images, kernel: { autoscaling: null } });
});
afterAll(() => cluster?.stop());

/** Starts an update and kills the engine after so many steps. @returns the number of steps that it made */
async function killedAfter(steps: number): Promise<number> {
  const child = cluster.spawnPulumi(["up", "--yes", "--skip-preview", "--config-file", file]);
  child.stderr?.resume();
  const ended = once(child, "close");
  let made = 0;
  if (child.stdout)
    for await (const line of createInterface({ input: child.stdout }))
      if (/ created \(/.test(line) && (made += 1) === steps) child.kill("SIGKILL");
  await ended;
  return made;
}

interface State {
  readonly deployment: {
    readonly pending_operations?: readonly object[];
    readonly resources: readonly {
      readonly urn: string;
      readonly type: string;
      readonly delete?: boolean;
      readonly outputs?: { readonly metadata?: { readonly name: string; readonly namespace?: string } };
    }[];
  };
}

const title = (kind: string, { name, namespace = "" }: { name: string; namespace?: string }) =>
  `${kind} ${namespace}/${name}`;

/** The stack's objects in the cluster; what controllers made of them is left out. */
async function objects(): Promise<string[]> {
  const urls = Object.entries(SERVED).flatMap(([api, kinds]) => kinds.map((kind) => `${api}/${kind}`));
  const all = await Promise.all(urls.map((url) => cluster.list(url)));
  const own = all.flat().filter(({ metadata }) => metadata.annotations?.["nexus/stack"] && !metadata.ownerReferences);
  return own.map(({ kind, metadata }) => title(kind, metadata)).sort();
}

test(
  "P4: the engine is killed after each step of an update; the next one converges, with no orphan and nothing twice",
  async () => {
    let steps = 1;
    for (; ; steps += 1) {
      const made = await killedAfter(steps);
      await recoverInterruptedUpdate(cluster.variables, { stack: "dev" });
      await cluster.pulumiOk("up", "--refresh", "--yes", "--skip-preview", "--config-file", file);
      const { deployment } = JSON.parse(await cluster.pulumiOk("stack", "export")) as State;
      const { resources, pending_operations: pending = [] } = deployment;
      expect([steps, pending, resources.filter((one) => one.delete)]).toEqual([steps, [], []]);
      const recorded = resources.flatMap(({ type, outputs }) =>
        type.startsWith("kubernetes:") && outputs?.metadata ? [title(type.split(":")[2] ?? "", outputs.metadata)] : [],
      );
      expect([steps, await objects()]).toEqual([steps, recorded.sort()]);
      expect(new Set(resources.map(({ urn }) => urn)).size).toBe(resources.length);
      await cluster.pulumiOk("destroy", "--yes", "--skip-preview", "--config-file", file);
      expect([steps, await objects()]).toEqual([steps, []]);
      // An update that ended by itself had no further step.
      if (made < steps) break;
    }
    expect(steps).toBeGreaterThan(10);
  },
  40 * MINUTE,
);
