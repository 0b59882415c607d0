import { fixtures } from "@nexus/testkit/compose-fixtures";
import { ComposeError } from "../src/source/problem";
import { convert, type Conversion } from "../src/convert";
import type { ConvertOptions } from "../src/convert-options";

/** Converts texts; the first one is the base, and the others are merged into it. */
export function convertText(text: string | readonly string[], options: Partial<ConvertOptions> = {}): Conversion {
  const texts = typeof text === "string" ? [text] : text;
  const files = texts.map((one, index) => ({
    name: index === 0 ? "compose.yaml" : `override-${index}.yaml`,
    text: one,
  }));
  return convert({ files, directory: fixtures, environment: {}, project: "test", ...options });
}

/** The problems of a text, as people see them. */
export function problemsOf(text: string | readonly string[], options: Partial<ConvertOptions> = {}): readonly string[] {
  try {
    convertText(text, options);
  } catch (error) {
    if (error instanceof ComposeError) return error.problems;
    throw error;
  }
  return [];
}

export type Plain = Record<string, unknown> & { readonly spec?: Record<string, unknown> };

/** The only object of that kind and name. */
export function object({ objects }: Conversion, kind: string, name: string): Plain {
  const found = objects.filter((one) => one.kind === kind && one.metadata.name === name);
  if (found.length !== 1 || !found[0]) throw new Error(`There are ${found.length} objects ${kind} ${name}.`);
  return found[0] as Plain;
}

export interface PodSpec {
  readonly containers: readonly [Record<string, unknown>];
  readonly initContainers?: readonly Record<string, unknown>[];
  readonly [field: string]: unknown;
}

/** The pod of a workload. */
export function podOf(result: Conversion, name: string): { metadata: Record<string, unknown>; spec: PodSpec } {
  const owner = result.objects.find(
    ({ kind, metadata }) => ["Deployment", "StatefulSet", "DaemonSet", "Job"].includes(kind) && metadata.name === name,
  );
  if (!owner) throw new Error(`There is no workload ${name}.`);
  return (owner.spec as { template: { metadata: Record<string, unknown>; spec: PodSpec } }).template;
}

export function containerOf(result: Conversion, name: string): Record<string, unknown> {
  return podOf(result, name).spec.containers[0];
}

/** Values of a Secret, decoded. */
export function secretOf(result: Conversion, name: string): Record<string, string> {
  const { data } = object(result, "Secret", name) as { data: Record<string, string> };
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** `service key` of each loss. */
export function lossKeys({ losses }: Conversion): string[] {
  return losses.map(({ service, key }) => `${service} ${key}`);
}
