import * as pulumi from "@pulumi/pulumi";
import { loadConfig, type NexusConfig } from "../../config";
import { NexusError } from "@nexus/host";
import type { Machine, Platform } from "../../config/machine";

export const platform: Platform = {
  version: 1,
  kind: "local",
  kubeconfig: "/platform/kubeconfig",
  context: "nexus-local",
  registry: "localhost:5000",
  builder: "nexus",
  images: {},
  urls: { studio: "http://localhost:30080" },
  buildSecrets: {},
};

/** A machine with a local platform and a kubeconfig of two contexts. */
export const machine: Machine = {
  platformFile: "/platform/platform.json",
  platform: () => platform,
  contexts: () => ["team-a", "team-b"],
};

export interface Given {
  readonly stack?: string;
  /** Sections by their name, such as `kernel`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Encrypted values by their name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Keys of other namespaces. */
  readonly others?: Readonly<Record<string, string>>;
  readonly machine?: Machine | null;
}

/** The minimum that a staging stack needs. */
export const staging = {
  cluster: { kind: "context", context: "team-a" },
  images: { builder: "buildkit", registry: "registry.example.com/team" },
  quotas: {},
};

/** Reads a configuration as the program does. */
export async function load(given: Given): Promise<NexusConfig> {
  const { stack = "dev", secrets = {} } = given;
  const sections = given.config ?? (stack === "staging" ? staging : { cluster: { kind: "local" } });
  const plain = Object.entries(sections).map(([name, value]) => [
    `nexus:${name}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const secret = Object.entries(secrets).map(([name, value]) => [`nexus:${name}`, value]);
  const keys = secret.map(([key]) => String(key));
  process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(keys);
  pulumi.runtime.setAllConfig(
    Object.fromEntries([...plain, ...secret, ...Object.entries(given.others ?? {})]) as Record<string, string>,
    keys,
  );
  await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, "nexus", stack);
  return loadConfig(given.machine === undefined ? machine : given.machine);
}

/** The problems of a configuration, as people see them. */
export async function problems(given: Given): Promise<readonly string[]> {
  try {
    await load(given);
  } catch (error) {
    if (error instanceof NexusError) return error.problems;
    throw error;
  }
  return [];
}
