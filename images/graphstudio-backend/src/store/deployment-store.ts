import type { ObjectId, ObjectOutcome } from "@nexus/clusters";
import { isAfter, type Page, type PageRequest, toPage } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { RevisionAct, RevisionState } from "./deployment-states";
import { madeBy } from "./made-by";
import { requested, type SentRequest } from "./revision-store";
import type { SealedText } from "./sealed-rows";
import type { StudioTables } from "./tables";

/** A deployment with its latest revision. */
export interface Deployment {
  readonly id: string;
  readonly clusterId: string;
  readonly clusterName: string;
  /** Null once the project was deleted. */
  readonly projectId: string | null;
  readonly projectName: string;
  readonly namespace: string;
  readonly createdAt: Date;
  readonly latest: Revision;
}

export interface Revision {
  readonly revision: number;
  readonly act: RevisionAct;
  /** Such as which revision was rolled back to. */
  readonly detail: string | null;
  readonly projectVersion: number | null;
  readonly state: RevisionState;
  readonly reason: string | null;
  readonly done: number;
  readonly objects: ObjectId[];
  readonly outcomes: ObjectOutcome[];
  readonly madeBy: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly rolloutId: string | null;
}

export interface DeploymentFilter {
  readonly clusterId?: string | undefined;
  readonly projectId?: string | undefined;
}

const deploymentColumns = [
  "deployments.id",
  "deployments.cluster_id as clusterId",
  "clusters.name as clusterName",
  "deployments.project_id as projectId",
  "deployments.project_name as projectName",
  "deployments.namespace",
  "deployments.created_at as createdAt",
] as const;

const revisionColumns = [
  "revisions.revision",
  "revisions.act",
  "revisions.detail",
  "revisions.project_version as projectVersion",
  "revisions.state",
  "revisions.reason",
  "revisions.done",
  "revisions.objects",
  "revisions.outcomes",
  "revisions.finished_at as finishedAt",
  "revisions.rollout_id as rolloutId",
] as const;

const MOST_LISTED = 100;

/** Deployments of tenants, and their revisions. */
export class DeploymentStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** The newest ones first. @param of only these */
  async list(tenantId: string, { limit, after }: PageRequest, of: DeploymentFilter = {}): Promise<Page<Deployment>> {
    const rows = await this.query(tenantId)
      .$if(of.clusterId !== undefined, (query) => query.where("deployments.cluster_id", "=", of.clusterId ?? ""))
      .$if(of.projectId !== undefined, (query) => query.where("deployments.project_id", "=", of.projectId ?? ""))
      .where("deployments.id", "in", (inner) =>
        inner
          .selectFrom("studio.deployments")
          .select("id")
          .where("tenant_id", "=", tenantId)
          .where(isAfter(after, "<")),
      )
      .orderBy("deployments.created_at", "desc")
      .orderBy("deployments.id", "desc")
      .limit(limit + 1)
      .execute();
    const { items, next } = toPage(rows, limit, (row) => row.position);
    return { items: items.map(toDeployment), next };
  }

  async find(tenantId: string, id: string): Promise<Deployment | undefined> {
    const row = await this.query(tenantId).where("deployments.id", "=", id).executeTakeFirst();
    return row && toDeployment(row);
  }

  /** The newest ones first. */
  async revisions(tenantId: string, id: string): Promise<Revision[]> {
    return await this.db
      .selectFrom("studio.revisions as revisions")
      .select(revisionColumns)
      .select(["revisions.created_at as createdAt", madeBy("revisions")])
      .where("tenant_id", "=", tenantId)
      .where("deployment_id", "=", id)
      .orderBy("revision", "desc")
      .limit(MOST_LISTED)
      .execute();
  }

  /** The encrypted objects of a revision. */
  async sealed(tenantId: string, id: string, revision: number): Promise<SealedText | undefined> {
    return await this.db
      .selectFrom("studio.revisions")
      .select(["id", "tenant_id as tenantId", "sealed as bytes", "key_id as keyId"])
      .where("tenant_id", "=", tenantId)
      .where("deployment_id", "=", id)
      .where("revision", "=", revision)
      .executeTakeFirst();
  }

  /** See `requested`. */
  async requested(tenantId: string, request: SentRequest): Promise<string[] | undefined> {
    return await requested(this.db, tenantId, request);
  }

  private query(tenantId: string) {
    return this.db
      .selectFrom("studio.deployments as deployments")
      .innerJoin("studio.clusters as clusters", "clusters.id", "deployments.cluster_id")
      .innerJoin("studio.revisions as revisions", (join) =>
        join
          .onRef("revisions.deployment_id", "=", "deployments.id")
          .onRef("revisions.revision", "=", "deployments.revision"),
      )
      .select(deploymentColumns)
      .select(revisionColumns)
      .select(["revisions.created_at as revisedAt", madeBy("revisions")])
      .select(
        sql<string>`(extract(epoch from deployments.created_at) * 1000000)::bigint || '.' || deployments.id`.as(
          "position",
        ),
      )
      .where("deployments.tenant_id", "=", tenantId);
  }
}

type Row = Omit<Deployment, "latest"> & Omit<Revision, "createdAt"> & { readonly revisedAt: Date };

function toDeployment(row: Row): Deployment {
  const { id, clusterId, clusterName, projectId, projectName, namespace, createdAt, revisedAt, ...latest } = row;
  const deployment = { id, clusterId, clusterName, projectId, projectName, namespace, createdAt };
  return { ...deployment, latest: { ...latest, createdAt: revisedAt } };
}
