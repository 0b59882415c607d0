import { infraScans } from "@nexus/discovery";
import type { Cluster } from "./store/cluster-store";

/** A cluster as it is answered. The names of the fields are those of the source's cluster document. */
export function clusterDocument({
  id,
  membersDeploy,
  statusReason,
  checkedAt,
  nodeCount,
  createdAt,
  scan,
  ...rest
}: Cluster) {
  return {
    cluster_id: id,
    ...rest,
    members_deploy: membersDeploy,
    status_reason: statusReason,
    checked_at: checkedAt,
    node_count: nodeCount,
    created_at: createdAt,
    scanned_at: scan && new Date(scan.at),
    scan_notes: scan?.notes ?? [],
    infra_scans: scan ? infraScans(scan.namespaces, scan.findings, false) : {},
  };
}
