import { randomUUID } from "node:crypto";
import { waitFor } from "@nexus/host";
import { createTokenSigner } from "@nexus/testkit/tokens";
import { kubectl, requests } from "../platform";
import { getThroughPortForward } from "../port-forward";
import type { StackCopy } from "../stack/copy";
import { type Entrance, entranceOf, withStranger } from "./ingress-controller";
import {
  expectEndpoints,
  expectHealthInside,
  expectStatusAndLogs,
  MINUTE,
  readyPods,
  Topology,
  type TopologySettings,
  workloadsOf,
} from "./topology";

const NAMESPACE = "nexus-runtime";
const WORKLOADS = ["nexus-runtime"];

/** A token as somebody with the Secret's key makes it. */
async function makeToken(): Promise<string> {
  const path = "jsonpath={.data.JWT_SECRET}";
  const encoded = await kubectl(NAMESPACE, "get", "secret", "nexus-runtime-secrets", "-o", path);
  const sign = createTokenSigner(Buffer.from(encoded, "base64").toString(), 600);
  return sign({ userId: randomUUID(), tenantId: randomUUID(), role: "owner", email: "ada@example.com" });
}

/** HTTP and a panel's socket work from the controller to a handler and back, and both fail without a token. */
async function expectServed(entrance: Entrance): Promise<void> {
  const health = await entrance.send("GET", "/health");
  expect(health).toMatchObject({ status: 200, body: { service: "workspace-kernel" } });
  // The kernel has no page; its own answer shows that `/` leads to it.
  const root = await entrance.send("GET", "/");
  expect(root).toMatchObject({ status: 404, body: { code: "not_found", instance: "/" } });

  const token = await makeToken();
  const workspaces = "/api/v1/workspaces";
  expect((await entrance.send("GET", workspaces)).status).toBe(401);
  await expect(entrance.socket()).rejects.toThrow("401");
  await expect(entrance.socket(`${token}x`)).rejects.toThrow("401");

  const created = await entrance.send("POST", workspaces, token, { name: "through the Ingress" });
  expect(created.status).toBe(201);
  const workspaceId = String(created.body.id);
  const code = "view.set('count', { n: input })";
  expect((await entrance.send("PUT", `${workspaces}/${workspaceId}/handlers/set`, token, { code })).status).toBe(200);
  const socket = await entrance.socket(token);
  try {
    socket.send({ type: "subscribe", workspaceId });
    await socket.next("subscribed");
    socket.send({ type: "invoke", id: "one", workspaceId, handler: "set", input: 42 });
    expect(await socket.next("patch")).toMatchObject({ workspaceId, panel: "count", op: "set", value: { n: 42 } });
    expect(await socket.next("result", { id: "one" })).toMatchObject({ workspaceId });
  } finally {
    socket.close();
  }
}

/**
 * The controller's program in a namespace that no policy admits reaches neither port, although it knows the addresses.
 */
async function expectRefused(entrance: Entrance): Promise<void> {
  expect((await entrance.send("GET", "/health")).status).toBe(504);
  await expect(entrance.socket(await makeToken())).rejects.toThrow("504");
}

/** The topology of the sources C and D. */
export const runtime = new Topology("runtime");
export const runtimeSettings: TopologySettings = {
  changes: { "nexus:kernel": { requests }, "nexus:networking": {} },
};

export function runtimeTests(): void {
  const look = async (stack: StackCopy) => {
    expect(await workloadsOf(NAMESPACE)).toEqual(WORKLOADS);
    // The Deployment starts with one pod; the autoscaler brings the second.
    const pods = await waitFor("The autoscaler's least number of pods", 90, async () => {
      const ready = await readyPods(NAMESPACE);
      return ready.length === 2 ? ready : undefined;
    });
    await expectStatusAndLogs(stack, WORKLOADS, WORKLOADS);
    await expectHealthInside(NAMESPACE, "nexus-runtime", 80);
    const kernel = `http://nexus-runtime.${NAMESPACE}.svc.cluster.local`;
    await Promise.all([
      entranceOf(NAMESPACE).then(expectServed),
      withStranger({ "/": `${kernel}:80`, "/panels": `${kernel}:3001` }, expectRefused),
    ]);
    const health = () => getThroughPortForward(NAMESPACE, "service/nexus-runtime", 80, "/health");
    expect(await (await health()).json()).toMatchObject({ storage: "ephemeral" });
    await kubectl(NAMESPACE, "delete", "pod", pods[0]?.metadata.name ?? "");
    expect((await health()).status).toBe(200);
    await expectEndpoints(NAMESPACE);
  };
  test(
    "A16 A17 A40 C2 C7 C18 C20 C25 C26 D29 D30 D31: the topology runtime comes up alone, serves HTTP and panels through its Ingress to those who are admitted, and a pod that is stopped leaves the others serving",
    () => runtime.look(look),
    12 * MINUTE,
  );
}
