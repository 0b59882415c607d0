import { cpuMillis, memoryBytes } from "@nexus/contract";
import * as pulumi from "@pulumi/pulumi";
import type { LookUp } from "./guard/look-up";
import type { PlannedObject } from "./guard/planned-object";
import type { ClusterAccess } from "./lib/provider";

/** What the namespace may use of the cluster. */
export interface Quotas {
  /** CPU that all pods together may request. */
  readonly requestsCpu: string;
  /** Memory that all pods together may request. */
  readonly requestsMemory: string;
  /** CPU limits of all pods together. */
  readonly limitsCpu: string;
  /** Memory limits of all pods together. */
  readonly limitsMemory: string;
  /** Pods at the same time. */
  readonly pods: number;
  /** Volume claims at the same time. */
  readonly volumeClaims: number;
}

/** The limits in the form of a ResourceQuota; empty if there is no quota. */
export type Bounds = Readonly<Record<string, string>>;

/** Limits of the whole namespace (A48). */
export function boundsOf(quotas: Quotas | null): Bounds {
  if (!quotas) return {};
  return {
    "requests.cpu": quotas.requestsCpu,
    "requests.memory": quotas.requestsMemory,
    "limits.cpu": quotas.limitsCpu,
    "limits.memory": quotas.limitsMemory,
    pods: String(quotas.pods),
    persistentvolumeclaims: String(quotas.volumeClaims),
  };
}

/** Annotation with the limits, so that the next update knows whether they grow or shrink. */
export function boundsAnnotation(bounds: Bounds): Record<string, string> {
  const text = Object.entries(bounds).map(([name, bound]) => `${name}=${bound}`);
  return { [ANNOTATION]: text.join(",") };
}
const ANNOTATION = "nexus/bounds";

/** How a quota changes. */
export interface QuotaChange {
  readonly bounds: Bounds;
  /** Whether the pods wait for the quota, which grows, or the quota waits for the pods. */
  readonly order: "before the pods" | "after the pods";
}

/**
 * A quota grows before the pods that need it are created, and shrinks after pods are removed, because a rolling update
 * needs room for old and new pods. If some limits grow and others shrink, the latter shrink in the next update.
 * @param before the limits that the last update set; undefined if there is no quota, null if it does not say
 * @returns undefined for no quota
 */
export function quotaChange(before: Bounds | null | undefined, wanted: Bounds): QuotaChange | undefined {
  if (isEmpty(wanted)) {
    // A removed quota is deleted only at the end of the update, after it has refused pods, so its limits are removed
    // first.
    return before === undefined || (before && isEmpty(before)) ? undefined : { bounds: {}, order: "before the pods" };
  }
  // Probably somebody raised the limits for pods that were refused.
  if (before === null) return { bounds: wanted, order: "before the pods" };
  const old = before ?? {};
  const wider = Object.keys(wanted).filter((name) => sizeOf(wanted[name]) > sizeOf(old[name]));
  const narrower = Object.keys(wanted).filter((name) => sizeOf(wanted[name]) < sizeOf(old[name]));
  if (wider.length === 0) return { bounds: wanted, order: narrower.length > 0 ? "after the pods" : "before the pods" };
  if (narrower.length > 0)
    void pulumi.log.info(`The quota grows in this update; ${narrower.join(", ")} shrinks in the next one.`);
  const kept = Object.entries(old).filter(([name]) => narrower.includes(name));
  const changed = Object.entries(wanted).filter(([name]) => !narrower.includes(name));
  return { bounds: Object.fromEntries([...changed, ...kept]), order: "before the pods" };
}

function isEmpty(bounds: Bounds): boolean {
  return Object.keys(bounds).length === 0;
}

/** What a limit allows; without a limit, everything. */
function sizeOf(bound: string | undefined): number {
  return bound === undefined ? Infinity : (memoryBytes(bound) ?? cpuMillis(bound) ?? 0);
}

/** The limits that the last update set, in the form for {@link quotaChange}. */
export async function boundsBefore(
  ask: LookUp | null,
  cluster: ClusterAccess,
  { name, namespace }: Pick<PlannedObject, "name" | "namespace">,
): Promise<Bounds | null | undefined> {
  const [quota] = (await ask?.(cluster, [{ apiVersion: "v1", kind: "ResourceQuota", name, namespace }])) ?? [];
  if (!quota) return undefined;
  const noted = quota.metadata.annotations?.[ANNOTATION];
  if (noted === undefined) return null;
  const bounds = noted.split(",").map((one) => one.split("="));
  return Object.fromEntries(bounds.filter(([name]) => name !== "")) as Bounds;
}
