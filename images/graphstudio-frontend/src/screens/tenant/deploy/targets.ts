import type { Account, Tenant } from "../../../api/types";
import type { Cluster } from "../../../api/cluster-types";
import { plainName } from "../../../unseen";
import { type Draft, type DraftTarget, newTarget } from "./draft";

/** The clusters that somebody may deploy to: members only where an owner or admin allows it. */
export const deployable = (clusters: readonly Cluster[], account: Account, tenant: Tenant) =>
  tenant.permissions.includes("deployments.write")
    ? clusters.filter(({ members_deploy: members }) => account.role !== "member" || members)
    : [];

/** Where a deployment is. */
export interface Place {
  readonly clusterId: string;
  readonly namespace?: string;
}

/** The draft with places to go to: the one that somebody came from, or all that it has, or the first cluster. */
export function withTargets(draft: Draft, clusters: readonly Cluster[], place: Place | undefined): Draft {
  const clusterOf = (id: string) => clusters.find((one) => one.cluster_id === id);
  const isHere = ({ clusterId, namespace }: DraftTarget) =>
    clusterId === place?.clusterId &&
    (place.namespace === undefined || clusterOf(clusterId)?.own || (namespace || draft.namespace) === place.namespace);
  const known = draft.targets.map((target) => ({
    ...target,
    isChosen: clusterOf(target.clusterId) !== undefined && (place === undefined || isHere(target)),
  }));
  const first = clusterOf(place?.clusterId ?? "") ?? clusters[0];
  if (known.some(({ isChosen }) => isChosen) || !first) return { ...draft, targets: known };
  const isUsual = first.own || place?.namespace === undefined || place.namespace === draft.namespace;
  return { ...draft, targets: [...known, newTarget(first.cluster_id, isUsual ? "" : place.namespace)] };
}

export const chosenTargets = ({ targets }: Pick<Draft, "targets">): readonly DraftTarget[] =>
  targets.filter(({ isChosen }) => isChosen);

/** What a place is called, where there are several. */
export function nameOf({ clusterId, namespace }: DraftTarget, clusters: readonly Cluster[]): string {
  const name = plainName(clusters.find((one) => one.cluster_id === clusterId)?.name ?? "");
  return namespace === "" ? name : `${name} / ${namespace}`;
}
