import type { StackCopy } from "./copy";
import { NAMESPACE, podIds, settledPods, WORKLOADS } from "./pods";

const MINUTE = 60_000;

/** What a change rolls. */
export function changeTests(stack: StackCopy): void {
  test(
    "P4: one changed line in the kernel's source rolls only the kernel",
    async () => {
      const before = await settledPods(NAMESPACE);
      stack.rewrite(
        "images/workspace-kernel/src/server.ts",
        (text) => `${text}\nprocess.title = "workspace-kernel";\n`,
      );
      await stack.up("dev");
      const after = await settledPods(NAMESPACE);
      expect(podIds(after, "workspace-kernel")).not.toEqual(podIds(before, "workspace-kernel"));
      for (const workload of WORKLOADS.filter((name) => name !== "workspace-kernel"))
        expect([workload, podIds(after, workload)]).toEqual([workload, podIds(before, workload)]);
    },
    5 * MINUTE,
  );
}
