import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "@nexus/contract";
import { createHash } from "node:crypto";
import type { Platform, Values } from "./platform";

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

/** Values of a single service; undefined and null leave the variable out. */
export type OwnValues<S extends Settings> = {
  readonly [V in keyof S]?: pulumi.Input<string> | number | boolean | null;
};

/**
 * The environment of a service, and a hash that replaces its pods when the environment changes.
 * @param reads settings that the service reads; those that the topology does not have are left out
 * @param own values of this service only, which override shared ones
 */
export function serviceEnvironment<S extends Settings>(
  { names, values }: Pick<Platform, "names" | "values">,
  reads: S,
  own: OwnValues<S>,
) {
  const given = Object.entries(own).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [{ name, value: isPlain(value) ? String(value) : value }],
  );
  const shared = Object.entries(reads).filter(([name]) => name in values && !given.some((one) => one.name === name));
  const env: EnvVar[] = [
    ...Object.entries(reads).flatMap(([name, setting]) => ("pod" in setting ? [podVariable(name, setting.pod)] : [])),
    ...given,
    ...shared.map(([name, setting]) =>
      "secret" in setting ? secretVariable(names.secrets, name) : configVariable(names.settings, name),
    ),
  ];
  const keys = shared.map(([name]) => name);
  return { env, checksum: checksum(values, keys) };
}

/** Whether a value is plain: known before the update, and not secret. */
export function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** A variable whose value is a field of the pod. */
function podVariable(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
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
