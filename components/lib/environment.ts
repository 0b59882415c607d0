import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import type { PlatformArgs, Values } from "./platform";

/** One environment variable of a container. */
export interface EnvVar {
  name: string;
  value?: pulumi.Input<string>;
  valueFrom?: object;
}

function configVariable(configMap: string, name: string): EnvVar {
  return { name, valueFrom: { configMapKeyRef: { name: configMap, key: name } } };
}

/** One environment variable that reads one key of a Secret. */
export function secretVariable(secret: string, name: string, key = name): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

/** Environment variables with their values in the manifest; never for anything secret. */
export function literal(values: Readonly<Record<string, pulumi.Input<string>>>): EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** What a pod knows of itself. */
export const podVariables: EnvVar[] = [
  { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
];

/** What a service reads. */
export interface Reads {
  /** Values of its own; one of the same name wins over a shared setting. */
  readonly own?: Values;
  /** Keys of the shared settings; those that the topology does not have are left out. */
  readonly settings: readonly string[];
  /** Keys of the shared secrets; those that the topology does not have are left out. */
  readonly secrets: readonly string[];
}

/** The environment of a service, and a hash that rolls its pods when something in it changes. */
export function serviceEnvironment({ names, values }: Pick<PlatformArgs, "names" | "values">, reads: Reads) {
  const own = reads.own ?? {};
  const there = (keys: readonly string[]) => keys.filter((key) => key in values && !(key in own));
  const [settings, secrets] = [there(reads.settings), there(reads.secrets)];
  const env = [
    ...literal(own),
    ...settings.map((key) => configVariable(names.settings, key)),
    ...secrets.map((key) => secretVariable(names.secrets, key)),
  ];
  return { env, checksum: checksum(values, [...settings, ...secrets]) };
}

/**
 * A hash over the values of `keys`: as a pod annotation it rolls exactly the workloads that read a changed value.
 * It covers at least one random value of 32 characters whenever it covers a secret, so nothing can be guessed from it,
 * which is why only the hash, and never a value, leaves the secret wrapper.
 */
export function checksum(values: Values, keys: readonly string[]): pulumi.Output<string> {
  const sorted = [...keys].sort();
  const chosen = pulumi.all(sorted.map((key) => pulumi.output(values[key] ?? "")));
  const hash = chosen.apply((all) => {
    const sum = createHash("sha256");
    all.forEach((value, index) => sum.update(`${sorted[index]}=${value.length}:${value}\n`));
    return sum.digest("hex");
  });
  return pulumi.unsecret(hash);
}
