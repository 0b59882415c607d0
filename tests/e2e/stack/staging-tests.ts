import { waitFor } from "@nexus/host";
import { descriptor, kubectl, small } from "../platform";
import { readProcessArguments } from "../process-arguments";
import type { StackCopy } from "./copy";
import { podIds, settledPods } from "./pods";

const MINUTE = 60_000;
const NAMESPACE = "nexus-staging";

/** Staging's file as its owner would fill it in, for the local cluster and a separate namespace. */
function fillIn(stack: StackCopy): void {
  stack.edit("staging", (config) => {
    config["nexus:cluster"] = { kind: "context", context: descriptor.context, kubeconfig: descriptor.kubeconfig };
    Object.assign(config, small, { "nexus:namespace": NAMESPACE });
    config["nexus:images"] = {
      ...(config["nexus:images"] as object),
      registry: descriptor.registry,
      builderName: descriptor.builder,
    };
  });
}

/** Staging beside dev. */
export function stagingTests(stack: StackCopy): void {
  test(
    "P3 P5 X17: staging previews, in a namespace of its own",
    async () => {
      fillIn(stack);
      await stack.pulumiOk("stack", "select", "--create", "staging");
      expect(await stack.pulumiOk("preview", "--stack", "staging")).toMatch(/\d+ to create/);
    },
    3 * MINUTE,
  );

  test(
    "P4 P5: an `up` of staging whose processes are killed halfway is finished by the next one, with nothing created twice",
    async () => {
      const killed = stack.startPulumi("up", "--yes", "--skip-preview", "--stack", "staging");
      const ended = new Promise((resolve) => killed.once("exit", resolve));
      await waitFor("The first pods of staging", 120, async () =>
        (await kubectl(NAMESPACE, "get", "pods", "-o", "name")).trim() ? true : undefined,
      );
      killed.kill("SIGKILL");
      await ended;
      // Other suites have stacks of this name too, in other folders.
      const program = new RegExp(`--monitor \\S+ .*--stack staging .*${stack.folder}`);
      await waitFor("The end of the killed engine's program", 10, async () =>
        program.test(readProcessArguments()) ? undefined : true,
      );
      const finished = await stack.nexus("up", "--stack", "staging", "--yes", "--config-file", "Pulumi.staging.yaml");
      expect(finished).toEqual({ exitCode: 0, output: expect.any(String) });
      expect(finished.output).not.toContain("pending operations");
      expect(podIds(await settledPods(NAMESPACE), "workspace-kernel")).toHaveLength(2);
      await stack.pulumiOk("preview", "--stack", "staging", "--expect-no-changes");
    },
    12 * MINUTE,
  );

  test(
    "P3 P5 X17: staging keeps its data until somebody removes the protection; then `pulumi destroy` removes all of it, and dev keeps running",
    async () => {
      const refused = await stack.nexus("destroy", "--stack", "staging", "--yes");
      expect(refused.output).toMatch(/Stack staging protects objects with data: .*environment.* Nothing was changed\./);
      await stack.pulumiOk("state", "unprotect", "--all", "--yes", "--stack", "staging");
      await stack.pulumiOk("destroy", "--yes", "--skip-preview", "--stack", "staging");
      expect(await stack.pulumiOk("stack", "export", "--stack", "staging")).not.toContain('"resources"');
      await expect(kubectl(NAMESPACE, "get", "namespace", NAMESPACE)).rejects.toThrow("not found");
      expect((await fetch(`${descriptor.urls.studio}/health`)).status).toBe(200);
    },
    5 * MINUTE,
  );
}
