import { type Recorded, record, reveal } from "../../cli/render/recorder";
import { readStackFile } from "../../cli/render/stack-file";
import * as path from "node:path";
import type { LookUp } from "../../components/guard/look-up";
import nexus from "../../index";
import { machine } from "./config";
import { withPlainStacks } from "./plain-stacks";

/** A Kubernetes object as it would be applied. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

export interface RecordedStack {
  readonly resources: readonly Recorded[];
  readonly outputs: unknown;
  /** The Kubernetes objects, secrets revealed. */
  readonly manifests: readonly Manifest[];
  /** The only object of that kind and name. */
  manifest(kind: string, name: string): Manifest;
}

function indexed(resources: readonly Recorded[], outputs: unknown): RecordedStack {
  const manifests = resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => reveal(inputs) as Manifest);
  return {
    resources,
    outputs,
    manifests,
    manifest: (kind, name) => {
      const found = manifests.filter((one) => one.kind === kind && one.metadata.name === name);
      if (found.length !== 1 || !found[0]) throw new Error(`There are ${found.length} objects ${kind} ${name}.`);
      return found[0];
    },
  };
}

async function recordIndexed(...args: Parameters<typeof record>): Promise<RecordedStack> {
  const { resources, outputs } = await withPlainStacks(() => record(...args));
  return indexed(resources, outputs);
}

/** Records the resources that components register. */
export function recordComponents(create: () => unknown): Promise<RecordedStack> {
  return recordIndexed("dev", { values: {}, secretKeys: [] }, create);
}

type StackArguments = [
  stack: "dev" | "staging",
  changes?: Readonly<Record<string, unknown>>,
  secrets?: Readonly<Record<string, string>>,
];

const recorded = new Map<string, Promise<RecordedStack>>();

/**
 * Records a whole stack from its file; `changes` replace sections, such as `{ kernel: { autoscaling: null } }`. The same
 * stack is recorded once in a test file.
 */
export function recordStack(...args: StackArguments): Promise<RecordedStack> {
  const key = JSON.stringify(args);
  const known = recorded.get(key) ?? recordStackAnew(...args);
  recorded.set(key, known);
  return known;
}

/** As {@link recordStack}, but runs the program each time. @param ask look-up of the objects that the cluster has */
export function recordStackAnew(
  ...[stack, changes = {}, secrets = {}, ask = null]: [...StackArguments, ask?: LookUp | null]
): Promise<RecordedStack> {
  const file = readStackFile(path.resolve(__dirname, `../../Pulumi.${stack}.yaml`));
  const changed = Object.entries(changes).map(([name, value]) => [
    `nexus:${name}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const brought = Object.entries(secrets).map(([name, value]) => [`nexus:${name}`, value]);
  const values = { ...file.values, ...Object.fromEntries([...changed, ...brought]) } as Record<string, string>;
  const secretKeys = [...file.secretKeys, ...Object.keys(secrets).map((name) => `nexus:${name}`)];
  return recordIndexed(stack, { values, secretKeys }, () => nexus(stack === "dev" ? machine : null, ask));
}

/** The pod templates of all workloads and Jobs, by the name of their owner. */
export function podTemplates({ manifests }: RecordedStack): Record<string, PodTemplate> {
  const owners = manifests.filter(({ kind }) => ["Deployment", "StatefulSet", "Job", "CronJob"].includes(kind));
  return Object.fromEntries(owners.map(({ metadata, spec }) => [metadata.name, templateIn(spec)]));
}

function templateIn(spec: unknown): PodTemplate {
  const { template, jobTemplate } = spec as { template?: PodTemplate; jobTemplate?: { spec: unknown } };
  return template ?? templateIn(jobTemplate?.spec);
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly metadata: Manifest["metadata"];
  readonly spec: { readonly containers: readonly Container[]; readonly [field: string]: unknown };
}

/** The one container of a workload. */
export function containerOf(stack: RecordedStack, owner: string): Container {
  const [container, ...others] = podTemplates(stack)[owner]?.spec.containers ?? [];
  if (!container || others.length > 0) throw new Error(`${owner} has not exactly one container.`);
  return container;
}
