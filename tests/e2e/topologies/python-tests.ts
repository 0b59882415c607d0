import { waitFor } from "@nexus/host";
import { nodeAddress, small } from "../platform";
import { getThroughPortForward } from "../port-forward";
import type { StackCopy } from "../stack/copy";
import { aiConfig, aiSecrets, expectAi } from "./ai-provider";
import {
  expectDatabase,
  expectEndpoints,
  expectHealthInside,
  expectStatusAndLogs,
  MINUTE,
  withTopology,
  workloadsOf,
} from "./topology";

const NAMESPACE = "nexus-python";
const NODE_PORT = 30_181;
const WORKLOADS = ["graphstudio-backend", "graphstudio-frontend", "postgres", "redis", "workspace-kernel"];
const LOGGED = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "postgres"];

/** The topology of the sources A. */
export function pythonTests(): void {
  const look = async (stack: StackCopy) => {
    expect(await workloadsOf(NAMESPACE)).toEqual(WORKLOADS);
    await expectStatusAndLogs(stack, WORKLOADS, LOGGED);
    // The cluster's DNS may still say for some seconds that a new Service does not exist.
    const studio = await waitFor("The studio's way to the kernel", 30, async () => {
      const answer = await getThroughPortForward(NAMESPACE, "service/graphstudio-frontend", 80, "/health");
      return answer.ok ? answer : undefined;
    });
    expect(await studio.json()).toMatchObject({ service: "workspace-kernel" });
    const onNode = await fetch(`http://${await nodeAddress()}:${NODE_PORT}/health`);
    expect([onNode.status, await onNode.json()]).toEqual([
      200,
      expect.objectContaining({ service: "workspace-kernel" }),
    ]);
    const kernel = await getThroughPortForward(NAMESPACE, "service/workspace-kernel", 8000, "/health");
    expect(kernel.status).toBe(200);
    await expectDatabase(NAMESPACE);
    await expectHealthInside(NAMESPACE, "workspace-kernel", 8000);
    await expectEndpoints(NAMESPACE);
    await expectAi(NAMESPACE, "workspace-kernel", WORKLOADS);
  };
  test(
    "A16 A17 A18 A39 A40 A54: the topology python comes up, shows its state and logs, answers through every door, and its kernel answers chats",
    async () => {
      const changes = { ...small, ...aiConfig, "nexus:networking": { nodePort: NODE_PORT } };
      await withTopology("python", changes, look, aiSecrets);
    },
    12 * MINUTE,
  );
}
