import { once } from "node:events";
import { createInterface } from "node:readline";
import { recoverInterruptedUpdate } from "../../../cli/update/interrupted-update";
import { EngineCluster } from "../../support/engine-cluster";
import type { EngineStack } from "../../support/engine-stack";
import { SERVED } from "../../support/fake-object-api";

const MINUTE = 60_000;
const NAMESPACE = "killed";
let cluster: EngineCluster;
let stack: EngineStack;
beforeAll(async () => {
  cluster = await EngineCluster.start();
  stack = await cluster.stack(NAMESPACE);
  const references = { "workspace-kernel": `registry.invalid/nexus/kernel@sha256:${"a".repeat(64)}` };
  const images = { builder: "prebuilt", references };
  // Nobody measures the pods of this cluster, so an autoscaler would ask for none.
  stack.configure({ topology: "runtime", namespace: NAMESPACE, images, kernel: { autoscaling: null } });
});
afterAll(() => cluster?.stop());

/** Starts an update and kills the engine after so many steps. @returns the number of steps that it made */
async function killedAfter(steps: number): Promise<number> {
  const child = stack.spawnPulumi("up", "--yes", "--skip-preview", "--config-file", stack.file);
  child.stderr?.resume();
  const ended = once(child, "close");
  let made = 0;
  if (child.stdout)
    for await (const line of createInterface({ input: child.stdout }))
      if (/ created \(/.test(line) && (made += 1) === steps) child.kill("SIGKILL");
  await ended;
  return made;
}

const title = (kind: string, { name, namespace = "" }: { name: string; namespace?: string }) =>
  `${kind} ${namespace}/${name}`;

/** The stack's objects in the cluster; what controllers made of them is left out. */
async function objects(): Promise<string[]> {
  const urls = Object.entries(SERVED).flatMap(([api, kinds]) => kinds.map((kind) => `${api}/${kind}`));
  const all = await Promise.all(urls.map((url) => cluster.list(url)));
  const own = all
    .flat()
    .filter(({ metadata }) => metadata.annotations?.["nexus/stack"] && !metadata.ownerReferences)
    .filter(({ metadata: { name, namespace = name } }) => namespace === NAMESPACE);
  return own.map(({ kind, metadata }) => title(kind, metadata)).sort();
}

test(
  "P4: the engine is killed after each step of an update; the next one converges, with no orphan and nothing twice",
  async () => {
    /** @returns the number of steps that the first update made */
    const trial = async (steps: number) => {
      const made = await killedAfter(steps);
      await recoverInterruptedUpdate(stack.variables, { stack: "dev" });
      await stack.upOk("--refresh");
      const { resources, pending_operations: pending = [] } = stack.state();
      expect([steps, pending, resources.filter((one) => one.delete)]).toEqual([steps, [], []]);
      const recorded = resources.flatMap(({ type, outputs }) =>
        type.startsWith("kubernetes:") && outputs?.metadata ? [title(type.split(":")[2] ?? "", outputs.metadata)] : [],
      );
      expect([steps, await objects()]).toEqual([steps, recorded.sort()]);
      expect(new Set(resources.map(({ urn }) => urn)).size).toBe(resources.length);
      await stack.pulumiOk("destroy", "--yes", "--skip-preview", "--config-file", stack.file);
      expect([steps, await objects()]).toEqual([steps, []]);
      return made;
    };
    // An update that ends by itself has all steps.
    const all = await trial(Infinity);
    expect(all).toBeGreaterThan(10);
    // Steps that ended at the same moment are made too.
    for (let steps = 1; steps <= all; steps += 1) expect(await trial(steps)).toBeGreaterThanOrEqual(steps);
  },
  40 * MINUTE,
);
