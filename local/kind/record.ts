import * as fs from "node:fs";
import * as path from "node:path";
import { newId } from "../platform/identity";
import { readJsonFile, writeJsonFile } from "@nexus/host";
import type { HostPorts } from "../platform/layout";

/** The programs that make clusters of containers. */
export type ProgramName = "kind" | "k3d";

/**
 * What this clone made on a Docker engine. It is written before anything is made, so that everything can be removed.
 */
export interface KindRecord {
  readonly program: ProgramName;
  /** Name of the cluster; the registry's container and the context are named after it. */
  readonly cluster: string;
  readonly dockerHost: string;
  readonly ports: HostPorts;
  /** False while the cluster is being made; such a cluster cannot be used. */
  readonly complete: boolean;
}

function recordFile(home: string): string {
  return path.join(home, "kind.json");
}

/** The cluster that was made for `home`; undefined if there is none. */
export function readKindRecord(home: string): KindRecord | undefined {
  return readJsonFile<KindRecord>(recordFile(home));
}

export function writeKindRecord(home: string, record: KindRecord): void {
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  writeJsonFile(recordFile(home), record);
}

export function newClusterName(): string {
  return `nexus-${newId()}`;
}

export function registryName({ cluster }: KindRecord): string {
  return `${cluster}-registry`;
}

export function kubeconfigFile(home: string): string {
  return path.join(home, "kubeconfig");
}
