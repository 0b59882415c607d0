import * as pulumi from "@pulumi/pulumi";
import { NexusError, ownValue } from "@nexus/host";
import type { BuiltService, Connections } from "@nexus/contract";
import { type Cluster, findCluster } from "./config/cluster";
import { connectionsOf, type Passwords, passwordsOf } from "./config/connections";
import { type ComposeSecrets, readInputs } from "./config/inputs";
import { type Machine, thisMachine } from "./config/machine";
import { problemLine } from "./config/problem";
import type { SecretKey, Sections } from "./config/schema";
import { enabledServices, nodePorts, proxiesInFront } from "./config/services";
import { validate } from "./config/validate";

/** The stacks there are; each has its `Pulumi.<stack>.yaml`. */
export const stacks = ["dev", "staging"] as const;
export type Stack = (typeof stacks)[number];

/** Everything the program is told, complete and free of contradictions. */
export interface NexusConfig extends Omit<Sections, "cluster" | "images" | "compose" | "ai"> {
  readonly stack: Stack;
  readonly images: Sections["images"] & {
    /** Registry and path that images are pushed to. */
    readonly registry: string;
    /** Tag of the images; pods run by digest whatever it is. */
    readonly tag: Stack;
    /** Files that builds get as secrets, by id; undefined for none. */
    readonly secretFiles: Readonly<Record<string, string | undefined>> | undefined;
  };
  readonly cluster: Cluster;
  /** Compose projects with the variables that somebody keeps secret. */
  readonly compose: Readonly<Record<string, Sections["compose"][string] & ProjectSecrets>>;
  /** Secrets that people bring; what is undefined is generated or left empty. */
  readonly secrets: Readonly<Partial<Record<Exclude<SecretKey, keyof Passwords>, pulumi.Output<string>>>> & Passwords;
  /** Services that run. */
  readonly services: readonly BuiltService[];
  /** Bounds of the AI; null where nobody serves it. */
  readonly ai: Sections["ai"] | null;
  /** Where database and cache are. */
  readonly connections: Connections;
  /** Proxies in front of the backend whose word for the caller's address counts. */
  readonly trustedProxies: number;
  /** Node ports by the workload that they lead to. */
  readonly nodePorts: ReturnType<typeof nodePorts>;
  /** Where the studio's node port answers; known of this machine's own cluster only. */
  readonly nodePortUrl: string | undefined;
  /** Port of an Ingress without TLS; known of the local platform only. */
  readonly ingressPort: number | undefined;
}

interface ProjectSecrets {
  readonly secretVariables: Readonly<Record<string, string>>;
}

/** What stands for the cluster where objects are only written down. */
const NO_CLUSTER: Cluster = { context: "none", kubeconfig: undefined, platform: undefined, local: false };

/**
 * Reads and checks the stack's configuration.
 * @param machine where clusters are looked for; null leaves them out, for writing manifests without one
 * @throws NexusError with every problem
 */
export function loadConfig(machine: Machine | null = thisMachine()): NexusConfig {
  const stack = stacks.find((name) => name === pulumi.getStack());
  if (stack === undefined)
    throw new NexusError(`There is no stack "${pulumi.getStack()}"; Nexus has exactly two: ${stacks.join(" and ")}.`, [
      "Fix: pulumi stack select dev",
    ]);
  const inputs = readInputs();
  const { config, problems } = validate(inputs, stack === "staging");
  const found = config && machine ? findCluster(config.cluster, machine) : { cluster: NO_CLUSTER, problems: [] };
  const registry = config?.images.registry ?? (found.cluster?.local ? found.cluster.platform?.registry : undefined);
  const isSaid = (...path: string[]) => problems.some((problem) => problem.path.join(".") === path.join("."));
  if (config && machine && registry === undefined && needsRegistry(config) && !isSaid("images", "registry"))
    problems.push({
      path: ["images", "registry"],
      text: "is missing; images need a registry that the cluster can pull from",
      fix: "pulumi config set --path 'nexus:images.registry' <host>/<path>",
    });
  const further = found.problems.filter(({ path }) => !isSaid(...path));
  const all = [...problems, ...further].map((problem) => problemLine(problem, stack));
  if (!config || !found.cluster || all.length > 0)
    throw new NexusError(
      `The configuration of stack ${stack} has ${all.length} problem${all.length === 1 ? "" : "s"}:`,
      all,
    );
  const builderName = config.images.builderName ?? offeredBuilder(found.cluster);
  const build = { builderName, tag: stack, secretFiles: found.cluster.platform?.buildSecrets };
  const images = { ...config.images, ...build, registry: registry ?? "registry.invalid" };
  const local = found.cluster.local ? found.cluster.platform : undefined;
  return {
    ...config,
    stack,
    cluster: found.cluster,
    images,
    compose: withSecrets(config.compose, inputs.composeSecrets),
    secrets: { ...inputs.secretOutputs, ...passwordsOf(config, inputs) },
    services: enabledServices(config),
    ai: config.kernel.ai || config.nexusOs.enabled ? config.ai : null,
    connections: connectionsOf(config, inputs),
    trustedProxies: proxiesInFront(config),
    nodePorts: nodePorts(config),
    nodePortUrl: local?.urls.studio,
    ingressPort: local?.ingressPort,
  };
}

/** The local platform builds for any cluster; the builder of a Docker engine is for kind, and otherwise the user's choice. */
function offeredBuilder({ platform, local }: Cluster): string | undefined {
  return local || platform?.kind === "local" ? platform?.builder : undefined;
}

function withSecrets(projects: Sections["compose"], secrets: ComposeSecrets): NexusConfig["compose"] {
  const given = Object.entries(projects).map(([name, project]) => [
    name,
    { ...project, secretVariables: ownValue(secrets, name) ?? {} },
  ]);
  return Object.fromEntries(given) as NexusConfig["compose"];
}

function needsRegistry({ cluster, images }: Sections): boolean {
  return images.builder !== "prebuilt" && cluster.kind === "context";
}
