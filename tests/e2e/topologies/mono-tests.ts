import {
  composeConfig,
  composeSecrets,
  expectOrder,
  expectProjectsRun,
  expectProjectsWork,
  expectSecretsApart,
} from "../compose-projects";
import { expectDiscovered } from "../discovery";
import { expectDataLogs, expectServiceLogs } from "../logs";
import { getThroughPortForward } from "../port-forward";
import { small } from "../platform";
import type { StackCopy } from "../stack/copy";
import { entranceOf } from "./ingress-controller";
import {
  expectDatabase,
  expectEndpoints,
  expectHealthInside,
  expectStatusAndLogs,
  MINUTE,
  Topology,
  type TopologySettings,
  workloadsOf,
} from "./topology";

/** Not the source's namespace, which the stack suite uses. */
const NAMESPACE = "nexus-mono";
const SERVICES = ["workspace-kernel", "nexus-os", "graphstudio-frontend"];
const WORKLOADS = [...SERVICES, "postgres", "redis"].sort();

/** The first 50 lines must be enough, as in the source. */
const LINES = 50;

async function expectTopology(stack: StackCopy): Promise<void> {
  expect(await workloadsOf(NAMESPACE)).toEqual(WORKLOADS);
  await expectServiceLogs(NAMESPACE, SERVICES, LINES);
  await expectDataLogs(NAMESPACE);
  await expectStatusAndLogs(stack, WORKLOADS, WORKLOADS);
  const kernel = await getThroughPortForward(NAMESPACE, "service/workspace-kernel", 3000, "/health");
  expect(kernel.status).toBe(200);
  const workspaces = await getThroughPortForward(NAMESPACE, "service/workspace-kernel", 3000, "/api/v1/workspaces");
  expect(workspaces.status).toBe(200);
  await expectDatabase(NAMESPACE);
  await expectHealthInside(NAMESPACE, "workspace-kernel", 3000);
  await expectEndpoints(NAMESPACE);
  const entrance = await entranceOf(NAMESPACE);
  const health = await entrance.send("GET", "/health");
  expect(health).toMatchObject({ status: 200, body: { service: "workspace-kernel" } });
  expect((await entrance.send("GET", "/")).body.text).toContain("<html");
}

/** The topology of the source B, with compose projects beside it. */
export const mono = new Topology("mono");

/** @param kubectlImage image of the init containers that wait for Jobs */
export function monoSettings(kubectlImage: string): TopologySettings {
  const changes = {
    ...small,
    "nexus:namespace": NAMESPACE,
    // Not the preset's host, which the dev stack also has.
    "nexus:networking": { nodePort: 30_182, ingress: { host: "mono.localhost" } },
    "nexus:compose": composeConfig(kubectlImage),
  };
  return { changes, secrets: composeSecrets };
}

export function monoTests(): void {
  const look = async (stack: StackCopy) => {
    await expectTopology(stack);
    await expectProjectsRun();
    await expectProjectsWork();
    await expectSecretsApart();
    await expectOrder();
    await expectDiscovered(stack, NAMESPACE, "compose-ordered");
  };
  test(
    "A16 A17 A39 A40 B5 B21 B22 B23 B24 B25 B26 E3 E5 E12 E13 E21 E25: the topology mono comes up, compose projects run beside it, and a scan finds the databases of both",
    () => mono.look(look),
    12 * MINUTE,
  );
}
