import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { memoryBytes } from "@nexus/contract";
import { NexusError } from "@nexus/host";
import type { RecordedResource } from "../guard/recorded";

/** The database's volume as the stack made it. */
export interface Volume {
  /** What its StatefulSet says, which can never change. */
  readonly made: string;
  /** What it has been grown to. */
  readonly size: string;
  /** Undefined for the cluster's default at that time. */
  readonly storageClass: string | undefined;
}

export interface VolumeSettings {
  readonly storage: string;
  readonly storageClass: string | null;
}

/** Name of the claim that the StatefulSet of this name makes. */
function claimName(server: string): string {
  return `data-${server}-0`;
}

/** The volume of a database server; null where the stack has none of that name yet. */
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

/** @throws NexusError where the volume cannot become what is asked for */
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
    problems.push(`nexus:postgres.storageClass: the volume was made with ${was}, which it keeps. ${fix}`);
  }
  if (problems.length > 0) throw new NexusError("The volume of the database cannot be changed like this:", problems);
}

/**
 * Grows the claim where it is to be larger than its StatefulSet says; the API server refuses it where the storage class
 * cannot grow volumes.
 * @param volume as it was made; null where it is made now
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
  // Nothing can take the size back.
  new k8s.core.v1.PersistentVolumeClaimPatch(name, { metadata, spec }, { ...opts, retainOnDelete: true });
}
