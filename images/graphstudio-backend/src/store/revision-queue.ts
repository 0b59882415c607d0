import { randomUUID } from "node:crypto";
import type { ObjectId, ObjectOutcome } from "@nexus/clusters";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { RevisionAct } from "./deployment-states";
import { releaseNamespace } from "./own-cluster-store";
import type { SealedText } from "./sealed-rows";
import type { StudioTables } from "./tables";

/** A revision that this process works on, until its lease ends. */
export interface ClaimedRevision extends SealedText {
  readonly deploymentId: string;
  readonly clusterId: string;
  readonly namespace: string;
  /** Whether it is in the cluster that the platform runs in. */
  readonly own: boolean;
  readonly revision: number;
  readonly act: RevisionAct;
  readonly force: boolean;
  readonly withVolumes: boolean;
  readonly attempts: number;
  readonly rolloutId: string | null;
  readonly lease: string;
  /** Objects of this and earlier revisions that may be in the cluster. */
  readonly previous: readonly ObjectId[];
}

/** One answer of a cluster takes 5 s at most, and the lease is prolonged after each. */
const LEASE_SECONDS = 30;

/** Revisions of one tenant that all pods together apply at a time, so that one that has many leaves room for others. */
const PER_TENANT = 2;

/** Any number that nothing else in this database uses. */
const CLAIM_LOCK = 7_180_246;

/** Somebody else works on the revision by now. */
export class LeaseLost extends Error {}

/**
 * Revisions that wait to be applied. The rows are the queue: a revision and its job are made in one transaction, and what
 * a process that was killed left is taken up by another one when its lease has ended.
 */
export class RevisionQueue {
  /** @param kept number of revisions of a deployment that are kept */
  constructor(
    private readonly db: Kysely<StudioTables>,
    private readonly kept: number,
  ) {}

  /** The next revision that may be worked on: one of the tenant that has the fewest of them applied, and its oldest. */
  async claim(): Promise<ClaimedRevision | undefined> {
    const claimed = await this.db.transaction().execute(async (tx) => {
      // Pods that choose at once would not see what the others have chosen.
      await sql`select pg_advisory_xact_lock(${CLAIM_LOCK})`.execute(tx);
      return await next(tx);
    });
    return claimed && { ...claimed, previous: await this.previous(claimed) };
  }

  /** Keeps the lease, and tells how far the work is. @throws LeaseLost */
  async progress({ lease }: ClaimedRevision, done: number): Promise<void> {
    const { numUpdatedRows } = await this.held(lease)
      .set({ done, lease_until: sql<Date>`now() + ${LEASE_SECONDS} * interval '1 second'` })
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new LeaseLost();
  }

  /** Takes old revisions away: whatever they had and this one has not is gone from the cluster by now. */
  async applied({ lease, deploymentId, revision }: ClaimedRevision, outcomes: readonly ObjectOutcome[]): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable("studio.revisions")
        .set({ ...ended(outcomes), state: "applied", reason: null })
        .where("lease", "=", lease)
        .where("state", "=", "applying")
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return;
      await tx
        .deleteFrom("studio.revisions")
        .where("deployment_id", "=", deploymentId)
        .where("revision", "<=", revision - this.kept)
        .execute();
    });
  }

  /** The targets after it that were not begun are skipped. */
  async failed(
    { lease, rolloutId, revision }: ClaimedRevision,
    reason: string,
    outcomes: readonly ObjectOutcome[],
  ): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const failed = await tx
        .updateTable("studio.revisions")
        .set({ ...ended(outcomes), state: "failed", reason })
        .where("lease", "=", lease)
        .returning("id")
        .executeTakeFirst();
      if (!failed || rolloutId === null) return;
      await tx
        .updateTable("studio.revisions")
        .set({
          state: "skipped",
          reason: `Another target failed at revision ${revision}: ${reason}`,
          finished_at: sql`now()`,
        })
        .where("rollout_id", "=", rolloutId)
        .where("state", "=", "queued")
        .execute();
    });
  }

  /** Tries it again later. */
  async again({ lease }: ClaimedRevision, reason: string | null, seconds: number): Promise<void> {
    await this.held(lease)
      .set({
        state: "queued",
        reason,
        lease: null,
        lease_until: null,
        due_at: sql<Date>`now() + ${seconds} * interval '1 second'`,
      })
      .execute();
  }

  /**
   * Forgets a deployment whose objects are gone.
   * @param isEmpty whether its namespace of this cluster has nothing of the tenant, which may lose it then
   */
  async removed({ tenantId, deploymentId }: ClaimedRevision, isEmpty: boolean): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      // Who deploys at the same moment keeps the namespace. Of a tenant that was deleted, objects of other deployments stay.
      const tenant = await tx
        .selectFrom("studio.tenants")
        .select("id")
        .where("id", "=", tenantId)
        .forNoKeyUpdate()
        .executeTakeFirst();
      await tx.deleteFrom("studio.deployments").where("id", "=", deploymentId).execute();
      if (tenant && isEmpty) await releaseNamespace(tx, tenantId);
    });
  }

  private async previous({ deploymentId, revision }: Omit<ClaimedRevision, "previous">): Promise<ObjectId[]> {
    const { rows } = await sql<{ id: ObjectId }>`
      select distinct jsonb_array_elements(objects) as id from studio.revisions
      where deployment_id = ${deploymentId} and revision <= ${revision} and state not in ('queued', 'skipped')`.execute(
      this.db,
    );
    return rows.map(({ id }) => id);
  }

  private held(lease: string) {
    return this.db.updateTable("studio.revisions").where("lease", "=", lease).where("state", "=", "applying");
  }
}

async function next(db: Kysely<StudioTables>): Promise<Omit<ClaimedRevision, "previous"> | undefined> {
  const lease = randomUUID();
  const { rows } = await sql<Omit<ClaimedRevision, "previous">>`
    with held as (
      select tenant_id, count(*) as revisions from studio.revisions
      where state = 'applying' and lease_until >= now() group by tenant_id)
    update studio.revisions as revisions
    set state = 'applying', lease = ${lease}, lease_until = now() + ${LEASE_SECONDS} * interval '1 second',
        attempts = attempts + 1
    from studio.deployments as deployments
    where deployments.id = revisions.deployment_id and revisions.id = (
      select open.id from studio.revisions as open
      join studio.tenants as tenants on tenants.id = open.tenant_id and tenants.suspended_reason is null
      left join held on held.tenant_id = open.tenant_id
      where open.state in ('queued', 'applying') and open.due_at <= now()
        and (open.lease_until is null or open.lease_until < now())
        and coalesce(held.revisions, 0) < ${PER_TENANT}
        and not (open.in_turn and exists (
          select 1 from studio.revisions as before
          where before.rollout_id = open.rollout_id and before.position < open.position
            and before.state <> 'applied'))
      order by coalesce(held.revisions, 0), open.created_at, open.position
      limit 1
      for update of open skip locked)
    returning revisions.id, revisions.tenant_id as "tenantId", revisions.sealed as bytes,
      revisions.key_id as "keyId", revisions.deployment_id as "deploymentId",
      deployments.cluster_id as "clusterId", deployments.namespace,
      (select own from studio.clusters as clusters where clusters.id = deployments.cluster_id) as own, revisions.revision, revisions.act, revisions.force,
      revisions.with_volumes as "withVolumes", revisions.attempts, revisions.rollout_id as "rolloutId",
      revisions.lease`.execute(db);
  return rows[0];
}

const ended = (outcomes: readonly ObjectOutcome[]) => ({
  outcomes: JSON.stringify(outcomes),
  finished_at: sql<Date>`now()`,
  lease_until: null,
});
