import type { Deployment, Revision } from "../store/deployment-store";

/** The names of the fields are those of the source's documents. */
export function toRevision({ projectVersion, madeBy, createdAt, finishedAt, rolloutId, ...rest }: Revision) {
  const { objects, outcomes, ...revision } = rest;
  return {
    ...revision,
    total: objects.length,
    refused: outcomes.flatMap(({ id, result, message = "" }) => (result === "refused" ? [{ id, message }] : [])),
    project_version: projectVersion,
    made_by: madeBy,
    created_at: createdAt,
    finished_at: finishedAt,
    rollout_id: rolloutId,
  };
}

export function toDeployment({ id, latest, createdAt, ...rest }: Deployment) {
  const { clusterId, clusterName, projectId, projectName, namespace } = rest;
  return {
    deployment_id: id,
    cluster_id: clusterId,
    cluster_name: clusterName,
    project_id: projectId,
    project_name: projectName,
    namespace,
    created_at: createdAt,
    latest: toRevision(latest),
  };
}
