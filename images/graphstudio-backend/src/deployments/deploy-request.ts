import type { PlannedObject } from "@nexus/clusters";
import type { Converted } from "../projects/conversion";
import type { WrittenVariable } from "../projects/project-content";

/** Where a project goes. */
export interface Target {
  readonly clusterId: string;
  /** The project's own without it. */
  readonly namespace: string | undefined;
  readonly variables: readonly WrittenVariable[];
  /** The revision that it is made from, 0 for none; undefined for whichever there is. */
  readonly expected: number | undefined;
}

export interface DeployRequest {
  readonly projectId: string;
  readonly version: number | undefined;
  readonly targets: readonly Target[];
  /** Whether targets wait for the ones before. */
  readonly inTurn: boolean;
  /** Takes what the last scan of the cluster found for variables that nobody gave a value. */
  readonly discover: boolean;
  /** Takes over what somebody else manages. */
  readonly force: boolean;
}

export interface Preview extends Omit<Converted, "objects"> {
  readonly objects: readonly PlannedObject[];
}

/** A change of a deployment that exists. */
export type DeploymentChange = { readonly expected: number | undefined } & (
  | { readonly act: "rollback"; readonly revision: number }
  | { readonly act: "restart"; readonly service: string | undefined }
  | { readonly act: "scale"; readonly service: string; readonly replicas: number }
  | { readonly act: "remove"; readonly withVolumes: boolean }
);
