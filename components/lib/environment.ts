import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { shared } from "./naming";

/** One environment variable of a container. */
export interface EnvVar {
  name: string;
  value?: pulumi.Input<string>;
  valueFrom?: object;
}

/** Environment variables that read keys of the shared ConfigMap. */
export function fromConfig(keys: readonly string[]): EnvVar[] {
  return keys.map((name) => ({ name, valueFrom: { configMapKeyRef: { name: shared.configMap, key: name } } }));
}

/** Environment variables that read keys of the shared Secret, under other names where `key` says so. */
export function fromSecret(keys: readonly string[]): EnvVar[] {
  return keys.map((name) => secretVariable(name, name));
}

/** One environment variable that reads one key of the shared Secret. */
export function secretVariable(name: string, key: string): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: shared.secret, key } } };
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

/** Values by key, of a ConfigMap or a Secret. */
export type Values = Readonly<Record<string, pulumi.Input<string>>>;

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
