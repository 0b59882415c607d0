import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { memoryBytes } from "@nexus/contract";
import { NexusError } from "@nexus/host";
import type { RecordedResource } from "../guard/recorded";

/** The database's volume as the stack created it. */
export interface Volume {
  /** Size in its StatefulSet, which can never change. */
  readonly made: string;
  /** Size to which it was enlarged. */
  readonly size: string;
  /** Undefined for the default class of the cluster when it was created. */
  readonly storageClass: string | undefined;
}

export interface VolumeSettings {
  readonly storage: string;
  readonly storageClass: string | null;
}

/** Name of the claim that the StatefulSet of this name creates. */
function claimName(server: string): string {
  return `data-${server}-0`;
}

/** The volume of a database server; null if the stack has none of that name yet. */
export function volumeOf(
  recorded: readonly RecordedResource[],
  server: { readonly name: string; readonly namespace: string },
): Volume | null {
  const find = (type: string, name: string) =>
    recorded.find(
      ({ type: other, outputs: { metadata } }) =>
        other === type && metadata?.name === name && metadata.namespace === server.namespace,
    )?.outputs.spec;
  const made = find("kubernetes:apps/v1:StatefulSet", server.name)?.volumeClaimTemplates?.[0]?.spec;
  const size = made?.resources?.requests?.storage;
  if (made === undefined || size === undefined) return null;
  const grown = find("kubernetes:core/v1:PersistentVolumeClaimPatch", claimName(server.name));
  return { made: size, size: grown?.resources?.requests?.storage ?? size, storageClass: made.storageClassName };
}

/** @throws NexusError if the volume cannot be changed to the wanted size or class */
export function checkVolume(volume: Volume | null, { storage, storageClass }: VolumeSettings): void {
  if (!volume) return;
  const command = (verb: string, key: string, value = "") =>
    `Fix: pulumi config ${verb} --stack ${pulumi.getStack()} --path 'nexus:postgres.${key}'${value && ` ${value}`}`;
  const problems: string[] = [];
  if ((memoryBytes(storage) ?? 0) < (memoryBytes(volume.size) ?? 0))
    problems.push(
      `nexus:postgres.storage: "${storage}" is less than the volume has (${volume.size}), and a volume cannot shrink. ` +
        command("set", "storage", volume.size),
    );
  if ((storageClass ?? undefined) !== volume.storageClass) {
    const was = volume.storageClass === undefined ? "the default class of the cluster" : `"${volume.storageClass}"`;
    const fix =
      volume.storageClass === undefined
        ? command("rm", "storageClass")
        : command("set", "storageClass", volume.storageClass);
    problems.push(`nexus:postgres.storageClass: the volume was created with ${was}, which cannot change. ${fix}`);
  }
  if (problems.length > 0) throw new NexusError("The volume of the database cannot be changed like this:", problems);
}

/**
 * Enlarges the claim if it must be larger than its StatefulSet says. The API server refuses that if the storage class
 * cannot expand volumes.
 * @param volume the existing one; null if it is created now
 */
export function growVolume(
  name: string,
  volume: Volume | null,
  storage: string,
  server: { readonly name: string; readonly namespace: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): void {
  if (!volume || memoryBytes(volume.made) === memoryBytes(storage)) return;
  const metadata = { name: claimName(server.name), namespace: server.namespace };
  const spec = { resources: { requests: { storage } } };
  // A size cannot be reduced again.
  new k8s.core.v1.PersistentVolumeClaimPatch(name, { metadata, spec }, { ...opts, retainOnDelete: true });
}
