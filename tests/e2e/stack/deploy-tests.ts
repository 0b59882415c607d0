import type { StackCopy } from "./copy";
import { NAMESPACE, podIds, restartsOf, settledPods, WORKLOADS } from "./pods";

const MINUTE = 60_000;

/** A first deployment until all pods are ready. */
export function deployTests(stack: StackCopy): void {
  test(
    "P1 P5 A15 B18 B21: plain `pulumi up --stack dev` deploys the platform and every pod gets ready without a restart",
    async () => {
      const output = await stack.up("dev");
      expect(output).toMatch(/\d+ created/);
      const pods = await settledPods(NAMESPACE);
      expect([...new Set(pods.map((pod) => pod.metadata.labels["app.kubernetes.io/name"]))].sort()).toEqual(WORKLOADS);
      expect(await restartsOf(NAMESPACE, pods)).toEqual([]);
    },
    12 * MINUTE,
  );

  test(
    "P4: a second `up` changes nothing and rolls nothing",
    async () => {
      const before = await settledPods(NAMESPACE);
      const output = await stack.up("dev");
      expect(output).toMatch(/Resources:\s+\d+ unchanged/);
      expect(output).not.toMatch(/updated|created|replaced|deleted/);
      const after = await settledPods(NAMESPACE);
      for (const workload of WORKLOADS) expect(podIds(after, workload)).toEqual(podIds(before, workload));
    },
    3 * MINUTE,
  );

  test(
    "P4: `preview` after `up` shows no change",
    async () => {
      const output = await stack.pulumiOk("preview", "--stack", "dev", "--expect-no-changes");
      expect(output).toMatch(/\d+ unchanged/);
    },
    MINUTE,
  );
}
