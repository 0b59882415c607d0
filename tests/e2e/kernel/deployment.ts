import * as path from "node:path";
import { backup, home, kubectl, list, nodeAddress, requests } from "../platform";
import { platformsCidr } from "../../../local/platform/cluster-settings";
import { StackCopy } from "../stack/copy";
import { waitFor } from "@nexus/host";
import { mailConfig } from "./mail-server";

export const NAMESPACE = "nexus-kernel";
export const KERNEL_PODS = 3;
/** Short, so that workspaces become idle during the test. */
export const IDLE_MS = 8000;
/** Longer than the idle time: a running workspace is not idle. */
export const EXECUTION_MS = 20_000;

const NODE_PORT = 30_183;

/** The stack that one suite deploys and uses, and another one measures; the copy and the stack go with the cluster. */
export const stack = new StackCopy(true, path.join(home, "kernel-stack"));

/** Three kernel pods, two of which can hold all workspaces, no AI service, and plans that owners choose. */
export async function configure(): Promise<void> {
  stack.edit("dev", (config) => {
    config["nexus:namespace"] = NAMESPACE;
    config["nexus:kernel"] = {
      requests,
      autoscaling: null,
      replicas: KERNEL_PODS,
      workspaces: {
        perPod: 200,
        maxInstances: 200,
        idleTimeoutMs: IDLE_MS,
        executionTimeoutMs: EXECUTION_MS,
      },
    };
    config["nexus:graphstudio"] = { backend: { requests }, frontend: { requests } };
    config["nexus:plans"] = {
      definitions: { pair: { selfService: true, workspaces: 2 }, crew: { selfService: true } },
    };
    config["nexus:postgres"] = { requests, backup };
    config["nexus:redis"] = { requests };
    config["nexus:nexusOs"] = { enabled: false };
    // The platforms of this machine, one of which is a tenant's cluster.
    Object.assign(config["nexus:clusters"] as object, { privateNetworks: platformsCidr });
    // Not the preset's port and host, which are those of the dev stack.
    config["nexus:networking"] = { nodePort: NODE_PORT, ingress: { host: "kernel.localhost" } };
  });
}

/** The stack sends mails until `use` has ended. With mails, an account begins with a link, which other tests do not read. */
export async function withMails(use: () => Promise<void>): Promise<void> {
  const { origin } = await studioUrl("/");
  const send = async (settings: object) => {
    stack.edit("dev", (config) => {
      config["nexus:graphstudio"] = { backend: { requests, ...settings }, frontend: { requests } };
    });
    await stack.up("dev");
  };
  await send({ ...mailConfig, studioUrl: origin });
  try {
    await use();
  } finally {
    await send({});
  }
}

let address: Promise<string> | undefined;

/** A path of the studio's one address. */
export async function studioUrl(path: string): Promise<URL> {
  address ??= nodeAddress();
  return new URL(path, `http://${await address}:${NODE_PORT}`);
}

export interface KernelPod {
  readonly name: string;
  readonly ready: boolean;
  readonly ending: boolean;
}

interface PodObject {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] };
}

export async function kernelPods(): Promise<KernelPod[]> {
  const pods = await list<PodObject>(NAMESPACE, "pods", "--selector", "app.kubernetes.io/name=workspace-kernel");
  return pods.map(({ metadata, status }) => ({
    name: metadata.name,
    ready: status.containerStatuses?.every(({ ready }) => ready) ?? false,
    ending: metadata.deletionTimestamp !== undefined,
  }));
}

/** Waits for at least this many pods that accept requests; with `only`, for exactly this many. */
export async function readyKernelPods(count: number, only = false): Promise<KernelPod[]> {
  return waitFor(`${count} kernel pods that are ready`, 180, async () => {
    const pods = await kernelPods();
    const ready = pods.filter((pod) => pod.ready && !pod.ending);
    if (ready.length < count || (only && pods.length !== count)) throw new Error(JSON.stringify(pods));
    return ready;
  });
}

/** Rows of a query in the stack's database. */
export async function query<Row>(sql: string): Promise<Row[]> {
  const text = `select coalesce(json_agg(t), '[]') from (${sql}) t`;
  return JSON.parse(await psql(text)) as Row[];
}

export async function psql(sql: string): Promise<string> {
  const command = ["psql", "-v", "ON_ERROR_STOP=1", "-U", "nexus", "-d", "nexus", "-qtAc", sql];
  return kubectl(NAMESPACE, "exec", "postgres-0", "--", ...command);
}
