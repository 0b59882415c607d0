import { waitFor } from "@nexus/host";
import { endGroup } from "../../support/process-group";
import { kubectl, nodeAddress, small } from "../platform";
import { getThroughPortForward } from "../port-forward";
import { readProcessArguments } from "../process-arguments";
import type { StackCopy } from "../stack/copy";
import { podIds } from "../stack/pods";
import { aiConfig, aiSecrets, expectAi } from "./ai-provider";
import {
  expectDatabase,
  expectEndpoints,
  expectHealthInside,
  expectStatusAndLogs,
  MINUTE,
  readyPods,
  Topology,
  type TopologySettings,
  workloadsOf,
} from "./topology";

const NAMESPACE = "nexus-python";
const NODE_PORT = 30_181;
const WORKLOADS = ["graphstudio-backend", "graphstudio-frontend", "postgres", "redis", "workspace-kernel"];
const LOGGED = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "postgres"];

/** The topology of the sources A. */
export const python = new Topology("python", upAfterKill);

export const pythonSettings: TopologySettings = {
  changes: { ...small, ...aiConfig, "nexus:networking": { nodePort: NODE_PORT } },
  secrets: aiSecrets,
};

/** Kills the first update halfway, and finishes it by another one. */
async function upAfterKill(stack: StackCopy): Promise<void> {
  const killed = stack.startPulumi("up", "--yes", "--skip-preview", "--stack", "dev");
  const ended = new Promise((resolve) => killed.once("exit", resolve));
  await waitFor("The first pods of the stack", 180, async () =>
    (await kubectl(NAMESPACE, "get", "pods", "-o", "name")).trim() ? true : undefined,
  );
  killed.kill("SIGKILL");
  await ended;
  endGroup(killed);
  // Other suites have stacks of this name too, in other folders.
  const program = new RegExp(`--monitor \\S+ .*--stack dev .*${stack.folder}`);
  await waitFor("The end of the killed engine's program", 10, async () =>
    program.test(readProcessArguments()) ? undefined : true,
  );
  const finished = await stack.nexus("up");
  expect(finished).toEqual({ exitCode: 0, output: expect.any(String) });
  expect(finished.output).not.toContain("pending operations");
}

export function pythonTests(): void {
  test(
    "P4 P5: an `up` whose processes are killed halfway is finished by the next one, with nothing created twice",
    async () => {
      const stack = await python.deployed();
      expect(podIds(await readyPods(NAMESPACE), "workspace-kernel")).toHaveLength(1);
      await stack.pulumiOk("preview", "--stack", "dev", "--expect-no-changes");
    },
    12 * MINUTE,
  );

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
    () => python.look(look),
    12 * MINUTE,
  );
}
