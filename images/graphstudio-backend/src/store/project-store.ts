import type { Sealed } from "@nexus/clusters";
import { ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import { audit } from "./audit";
import { madeBy } from "./made-by";
import { requireRoom } from "./room";
import type { SealedText } from "./sealed-rows";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";
import { isUniqueViolation } from "./unique-violation";

export interface Project {
  readonly id: string;
  readonly name: string;
  /** The latest one. */
  readonly version: number;
  readonly createdAt: Date;
}

export interface ProjectVersion {
  readonly version: number;
  readonly createdAt: Date;
  readonly madeBy: string | null;
}

export interface NewVersion {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly sealed: Sealed;
  readonly madeBy: string;
}

const MOST_LISTED = 100;
/** The newest versions of a project, each of up to 1 MiB; older ones stay where revisions use them. */
const KEPT = 50;

const columns = ["id", "name", "version", "created_at as createdAt"] as const;

/** Compose projects of tenants. */
export class ProjectStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async list(tenantId: string): Promise<Project[]> {
    return await this.db
      .selectFrom("studio.projects")
      .select(columns)
      .where("tenant_id", "=", tenantId)
      .orderBy("name")
      .execute();
  }

  async find(tenantId: string, id: string): Promise<Project | undefined> {
    return await find(this.db, tenantId, id);
  }

  /** The newest ones first. */
  async versions(tenantId: string, id: string): Promise<ProjectVersion[]> {
    return await this.db
      .selectFrom("studio.project_versions as versions")
      .select(["version", "created_at as createdAt", madeBy("versions")])
      .where("tenant_id", "=", tenantId)
      .where("project_id", "=", id)
      .orderBy("version", "desc")
      .limit(MOST_LISTED)
      .execute();
  }

  async sealed(tenantId: string, id: string, version: number): Promise<SealedText | undefined> {
    return await sealedVersion(this.db, tenantId, id, version);
  }
}

const find = (db: Kysely<StudioTables>, tenantId: string, id: string) =>
  db
    .selectFrom("studio.projects")
    .select(columns)
    .where("tenant_id", "=", tenantId)
    .where("id", "=", id)
    .executeTakeFirst();

const sealedVersion = (db: Kysely<StudioTables>, tenantId: string, id: string, version: number) =>
  db
    .selectFrom("studio.project_versions")
    .select(["id", "tenant_id as tenantId", "sealed as bytes", "key_id as keyId"])
    .where("tenant_id", "=", tenantId)
    .where("project_id", "=", id)
    .where("version", "=", version)
    .executeTakeFirst();

/** @param most how many projects the tenant, which is locked, may have */
export async function addProject(tx: Tx, name: string, version: NewVersion, most: number): Promise<Project> {
  const { tenantId, projectId } = version;
  const { count } = await tx
    .selectFrom("studio.projects")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .where("tenant_id", "=", tenantId)
    .executeTakeFirstOrThrow();
  requireRoom("projects", Number(count), { limit: most });
  const added = await named(
    tx
      .insertInto("studio.projects")
      .values({ id: projectId, tenant_id: tenantId, name, version: 1 })
      .returning(columns)
      .executeTakeFirstOrThrow(),
  );
  await addVersion(tx, version, 1);
  await audit(tx, { tenantId, act: "project.made", target: { projectId, name } });
  return added;
}

/** @param expected the version that the change was made from. The tenant is locked. */
export async function changeProject(tx: Tx, name: string, version: NewVersion, expected: number): Promise<Project> {
  const { tenantId, projectId } = version;
  const present = await find(tx, tenantId, projectId);
  if (!present) throw new ServiceError("project_not_found");
  if (present.version !== expected)
    throw new ServiceError("version_conflict", {
      detail: `The project is at version ${present.version} by now, and this was made from version ${expected}`,
      extensions: { version: present.version },
    });
  const next = present.version + 1;
  const changed = await named(
    tx
      .updateTable("studio.projects")
      .set({ name, version: next })
      .where("id", "=", projectId)
      .returning(columns)
      .executeTakeFirstOrThrow(),
  );
  await addVersion(tx, version, next);
  await removeOldVersions(tx, projectId, next - KEPT);
  await audit(tx, { tenantId, act: "project.changed", target: { projectId, name, version: next } });
  return changed;
}

/** Deployments of the project stay. @returns false where the tenant has no such project */
export async function removeProject(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const removed = await tx
    .deleteFrom("studio.projects")
    .where("tenant_id", "=", tenantId)
    .where("id", "=", id)
    .returning(["id as projectId", "name"])
    .executeTakeFirst();
  if (removed) await audit(tx, { tenantId, act: "project.removed", target: removed });
  return removed !== undefined;
}

async function addVersion(tx: Tx, { id, tenantId, projectId, sealed, madeBy: by }: NewVersion, version: number) {
  await tx
    .insertInto("studio.project_versions")
    .values({
      id,
      tenant_id: tenantId,
      project_id: projectId,
      version,
      sealed: sealed.bytes,
      key_id: sealed.keyId,
      made_by: by,
    })
    .execute();
}

/** @param last the newest version that goes */
async function removeOldVersions(tx: Tx, projectId: string, last: number): Promise<void> {
  await tx
    .deleteFrom("studio.project_versions as versions")
    .where("project_id", "=", projectId)
    .where("version", "<=", last)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("studio.revisions as revisions")
            .innerJoin("studio.deployments as deployments", "deployments.id", "revisions.deployment_id")
            .select("revisions.id")
            .where("deployments.project_id", "=", projectId)
            .whereRef("revisions.project_version", "=", "versions.version"),
        ),
      ),
    )
    .execute();
}

async function named<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isUniqueViolation(error)) throw new ServiceError("project_name_taken");
    throw error;
  }
}
