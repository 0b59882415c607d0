import { once } from "node:events";
import { createInterface } from "node:readline";
import { recoverInterruptedUpdate } from "../../../cli/update/interrupted-update";
import { EngineCluster } from "../../support/engine-cluster";
import type { EngineStack } from "../../support/engine-stack";
import { KUBERNETES_KINDS } from "../../support/fake-object-api";
import { endGroup } from "../../support/process-group";

const MINUTE = 60_000;
const NAMESPACE = "killed";
/** The stack has more steps than the one and fewer than the other. */
const [SOME_STEPS, MOST_STEPS] = [8, 60];
/** Each of the updates makes so many objects. The engine may say that one is made, and be killed before it writes so. */
const STRIDE = 3;
/** A step as the engine says it when it has ended: any one, or one that makes something outside the engine. */
const STEP = / created \(/;
const OBJECT = /(kubernetes|random):\S+ \S+ created \(/;
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

/** Starts an update and kills the engine after so many steps of a kind. @returns whether the update made that many */
async function killedAfter(steps: number, step: RegExp, ...flags: readonly string[]): Promise<boolean> {
  const child = stack.spawnPulumi("up", "--yes", "--skip-preview", "--config-file", stack.file, ...flags);
  child.stderr?.resume();
  const ended = once(child, "close");
  let made = 0;
  if (child.stdout)
    for await (const line of createInterface({ input: child.stdout }))
      if (step.test(line) && (made += 1) === steps) child.kill("SIGKILL");
  await ended;
  endGroup(child);
  await recoverInterruptedUpdate(stack.variables, { stack: "dev" });
  return made >= steps;
}

const title = (kind: string, { name, namespace = "" }: { name: string; namespace?: string }) =>
  `${kind} ${namespace}/${name}`;

/** The stack's objects in the cluster; what controllers made of them is left out. */
async function objects(): Promise<string[]> {
  const urls = Object.entries(KUBERNETES_KINDS).flatMap(([api, kinds]) => kinds.map((kind) => `${api}/${kind}`));
  const all = await Promise.all(urls.map((url) => cluster.list(url)));
  const own = all
    .flat()
    .filter(({ metadata }) => metadata.annotations?.["nexus/stack"] && !metadata.ownerReferences)
    .filter(({ metadata: { name, namespace = name } }) => namespace === NAMESPACE);
  return own.map(({ kind, metadata }) => title(kind, metadata)).sort();
}

/** The stack has all of its objects once, and nothing waits to be made or deleted. Then it is removed, with all of them. */
async function expectWhole(): Promise<void> {
  const { resources, pending_operations: pending = [] } = stack.state();
  expect([pending, resources.filter((one) => one.delete)]).toEqual([[], []]);
  const recorded = resources.flatMap(({ type, outputs }) =>
    type.startsWith("kubernetes:") && outputs?.metadata ? [title(type.split(":")[2] ?? "", outputs.metadata)] : [],
  );
  expect(recorded).toContain(title("Deployment", { namespace: NAMESPACE, name: "nexus-runtime" }));
  expect(await objects()).toEqual(recorded.sort());
  expect(new Set(resources.map(({ urn }) => urn)).size).toBe(resources.length);
  await stack.pulumiOk("destroy", "--yes", "--skip-preview", "--config-file", stack.file);
  expect(await objects()).toEqual([]);
}

test(
  "P4: updates that are killed one after another converge, with no orphan and nothing twice",
  async () => {
    let kills = 0;
    while (await killedAfter(STRIDE, OBJECT, "--refresh", "--parallel=1")) {
      kills += 1;
      // An object that is lost again and again would never end it.
      expect(kills * STRIDE).toBeLessThan(MOST_STEPS);
    }
    expect(kills * STRIDE).toBeGreaterThan(SOME_STEPS);
    await expectWhole();
  },
  20 * MINUTE,
);

test(
  "P4: an update is killed amid steps that run at the same time; the next one converges",
  async () => {
    // `npm test -- --soak` tries each number of steps, until an update ends by itself.
    const isSoak = process.env.NEXUS_TEST_SOAK !== undefined;
    let steps = isSoak ? 0 : SOME_STEPS - 1;
    let killed: boolean;
    do {
      steps += 1;
      killed = await killedAfter(steps, STEP);
      await stack.upOk("--refresh");
      await expectWhole();
    } while (isSoak && killed);
    expect([steps >= SOME_STEPS, killed]).toEqual([true, !isSoak]);
  },
  40 * MINUTE,
);
