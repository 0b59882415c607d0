import type { Kysely } from "kysely";
import { ClusterStore } from "./cluster-store";
import { DeploymentStore } from "./deployment-store";
import { OwnClusterStore } from "./own-cluster-store";
import { ProjectStore } from "./project-store";
import { RevisionQueue } from "./revision-queue";
import { SettingStore } from "./setting-store";
import type { StudioTables } from "./tables";

/**
 * What projects and deployments are kept in.
 * @param mayUseOwn whether a tenant may use the cluster that the platform runs in
 * @param revisions of a deployment that are kept
 */
export const deployStores = (
  db: Kysely<StudioTables>,
  mayUseOwn: (tenantId: string) => boolean,
  revisions: number,
) => ({
  clusters: new ClusterStore(db, mayUseOwn),
  ownClusters: new OwnClusterStore(db),
  deployments: new DeploymentStore(db),
  queue: new RevisionQueue(db, revisions),
  projects: new ProjectStore(db),
  settings: new SettingStore(db),
});
export type DeployStores = ReturnType<typeof deployStores>;
