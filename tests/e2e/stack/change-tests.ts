import { waitFor } from "@nexus/host";
import { kubectl } from "../platform";
import type { StackCopy } from "./copy";
import { NAMESPACE, podIds, settledPods, WORKLOADS } from "./pods";

const MINUTE = 60_000;

/** Which pods a change replaces. */
export function changeTests(stack: StackCopy): void {
  test(
    "P4: `preview` and `up` report what somebody scaled, edited or deleted by hand, and `up` undoes it",
    async () => {
      await kubectl(NAMESPACE, "scale", "deployment/redis", "--replicas=0");
      await kubectl(NAMESPACE, "patch", "configmap", "nexus-config", "--patch", '{"data":{"LOG_LEVEL":"error"}}');
      await kubectl(NAMESPACE, "delete", "networkpolicy", "redis");
      // kubectl does not send a number of 0, so no field manager is recorded for it.
      const seen =
        /somebody else deleted NetworkPolicy nexus\/redis and changed ConfigMap nexus\/nexus-config \(kubectl-patch.*Deployment nexus\/redis \(somebody who removed fields/;
      expect((await stack.nexus("preview")).output).toMatch(seen);
      const taken = await stack.nexus("up");
      expect(taken).toEqual({ exitCode: 0, output: expect.stringMatching(seen) });
      // It refreshes, and the local registry has no TLS.
      expect(taken.output).not.toContain("unable to verify image tags");
      expect(await kubectl(NAMESPACE, "get", "deployment", "redis", "-o", "jsonpath={.status.readyReplicas}")).toBe(
        "1",
      );
      expect(await kubectl(NAMESPACE, "get", "configmap", "nexus-config", "-o", "jsonpath={.data.LOG_LEVEL}")).toBe(
        "debug",
      );
      await kubectl(NAMESPACE, "get", "networkpolicy", "redis");
      expect((await stack.nexus("preview")).output).not.toContain("somebody else");
    },
    6 * MINUTE,
  );

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

  test(
    "P4: after an interrupted update, going back to the old configuration also restores the cluster",
    async () => {
      const before = await templates();
      const restore = stack.edit("dev", (config) => {
        config["nexus:logLevel"] = "info";
      });
      const cut = stack.startPulumi("up", "--yes", "--skip-preview", "--stack", "dev");
      const ended = new Promise((resolve) => cut.once("exit", resolve));
      await waitFor("A workload that is being updated", 60, async () =>
        (await templates()) === before ? undefined : true,
      );
      cut.kill("SIGINT");
      await ended;
      restore();
      expect(await stack.nexus("up")).toEqual({ exitCode: 0, output: expect.any(String) });
      expect(await templates()).toBe(before);
      await settledPods(NAMESPACE);
    },
    5 * MINUTE,
  );
}

/** The pod templates of every Deployment, as one text. */
function templates(): Promise<string> {
  return kubectl(NAMESPACE, "get", "deployments", "-o", "jsonpath={.items[*].spec.template}");
}
