import * as pulumi from "@pulumi/pulumi";
import { NexusError, ownValue } from "@nexus/host";
import { type BuiltService, type Connections, servedImage } from "@nexus/contract";
import { type Cluster, findCluster } from "./config/cluster";
import { type Backups, backupsOf, connectionsOf, type Passwords, passwordsOf } from "./config/connections";
import { type ComposeSecrets, readInputs } from "./config/inputs";
import { type Machine, thisMachine } from "./config/machine";
import { problemLine } from "./config/problem";
import type { SecretKey, Sections } from "./config/schema";
import { enabledServices, nodePorts, proxiesInFront } from "./config/services";
import { validate } from "./config/validate";

/** The stacks that exist; each has its file `Pulumi.<stack>.yaml`. */
export const stacks = ["dev", "staging"] as const;
export type Stack = (typeof stacks)[number];

/** The complete configuration, checked for contradictions. */
export interface NexusConfig extends Omit<Sections, "cluster" | "images" | "compose" | "ai" | "secrets"> {
  readonly stack: Stack;
  readonly images: Sections["images"] & {
    /** Registry and path that images are pushed to. */
    readonly registry: string;
    /** Tag of the images; it has no effect on pods, which run images by digest. */
    readonly tag: Stack;
    /** Files that builds get as secrets, by id; undefined for none. */
    readonly secretFiles: Readonly<Record<string, string | undefined>> | undefined;
    /** The reference by which the cluster pulls a third-party image. */
    readonly served: (image: string) => string;
  };
  readonly cluster: Cluster;
  /** Compose projects, with their secret variables. */
  readonly compose: Readonly<Record<string, Sections["compose"][string] & ProjectSecrets>>;
  /** Secrets that the user supplies; an undefined one is generated or stays empty. */
  readonly secrets: Readonly<Partial<Record<Exclude<SecretKey, keyof Passwords>, pulumi.Output<string>>>> & Passwords;
  /** How often the generated secrets were rotated. */
  readonly rotation: number;
  /** Services that run. */
  readonly services: readonly BuiltService[];
  /** Limits of the AI; null if no service offers it. */
  readonly ai: Sections["ai"] | null;
  /** How the services connect to database, cache and identity provider. */
  readonly connections: Connections;
  /** Backups of the database; undefined if none are made. */
  readonly backup: Backups | undefined;
  /** Number of reverse proxies in front of the backend whose X-Forwarded-For is trusted. */
  readonly trustedProxies: number;
  /** Node ports by the workload that they lead to. */
  readonly nodePorts: ReturnType<typeof nodePorts>;
  /** URL of the studio's node port; known only for a cluster that `npm run up` made on this machine. */
  readonly nodePortUrl: string | undefined;
  /** Port of an Ingress without TLS; known only for the local platform. */
  readonly ingressPort: number | undefined;
}

interface ProjectSecrets {
  readonly secretVariables: Readonly<Record<string, string>>;
}

/** Stands for the cluster when the objects are only written to files. */
const NO_CLUSTER: Cluster = { context: "none", kubeconfig: undefined, platform: undefined, local: false };

/**
 * Reads and checks the stack's configuration.
 * @param machine where to look for clusters; null if manifests are only written, without a cluster
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
  const local = found.cluster.local ? found.cluster.platform : undefined;
  const served = (image: string) => servedImage(image, local?.images ?? {});
  const images = { ...config.images, ...build, served, registry: registry ?? "registry.invalid" };
  return {
    ...config,
    stack,
    cluster: found.cluster,
    images,
    postgres: { ...config.postgres, image: served(config.postgres.image) },
    redis: { ...config.redis, image: served(config.redis.image) },
    compose: withSecrets(config.compose, inputs.composeSecrets),
    secrets: { ...inputs.secretOutputs, ...passwordsOf(config, inputs) },
    rotation: config.secrets.rotation,
    services: enabledServices(config),
    ai: config.kernel.ai || config.nexusOs.enabled ? config.ai : null,
    connections: connectionsOf(config, inputs),
    backup: backupsOf(config),
    trustedProxies: proxiesInFront(config),
    nodePorts: nodePorts(config),
    nodePortUrl: local?.urls.studio,
    ingressPort: local?.ingressPort,
  };
}

/**
 * The local platform's builder can build for any cluster. The Docker engine's builder is used for a kind cluster; in
 * all other cases the user chooses.
 */
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
