import type { ObjectId, ObjectOutcome } from "@nexus/clusters";
import type { Generated, JSONColumnType } from "kysely";
import type { RevisionAct, RevisionState } from "./deployment-states";

/** An encrypted text of a tenant. */
interface SealedRow {
  id: string;
  tenant_id: string;
  sealed: Buffer;
  key_id: string;
}

/** Tables of compose projects and their deployments. */
export interface DeploymentTables {
  "studio.projects": {
    id: string;
    tenant_id: string;
    name: string;
    /** The latest one. */
    version: number;
    created_at: Generated<Date>;
  };
  /** Files, settings and variables of a project; all of it is encrypted, because any file may hold a secret. */
  "studio.project_versions": SealedRow & {
    project_id: string;
    version: number;
    made_by: string;
    created_at: Generated<Date>;
  };
  /** Values of variables that a tenant keeps for all of its deployments. */
  "studio.settings": SealedRow & {
    name: string;
    secret: boolean;
    /** Who gave it its value. */
    made_by: string;
    updated_at: Generated<Date>;
  };
  "studio.deployments": {
    id: string;
    tenant_id: string;
    cluster_id: string;
    /** Null once the project was deleted. */
    project_id: string | null;
    project_name: string;
    namespace: string;
    /** The latest one. */
    revision: number;
    created_at: Generated<Date>;
  };
  /** A state that a deployment shall have, and at the same time the job that brings it about. `sealed` are the objects. */
  "studio.revisions": SealedRow & {
    deployment_id: string;
    revision: number;
    act: RevisionAct;
    detail: string | null;
    project_version: number | null;
    /** Ids of the objects. */
    objects: JSONColumnType<ObjectId[]>;
    force: boolean;
    with_volumes: boolean;
    state: Generated<RevisionState>;
    reason: string | null;
    /** How many objects were applied or deleted so far. */
    done: Generated<number>;
    outcomes: JSONColumnType<ObjectOutcome[], string | undefined, string>;
    attempts: Generated<number>;
    due_at: Generated<Date>;
    /** Whoever works on it holds the lease; it is prolonged while work goes on. */
    lease: string | null;
    lease_until: Date | null;
    /** The revisions that one request made for several targets. */
    rollout_id: string | null;
    position: Generated<number>;
    /** Whether it waits until the targets before it are done. */
    in_turn: Generated<boolean>;
    request_key: string | null;
    request_hash: string | null;
    made_by: string;
    created_at: Generated<Date>;
    finished_at: Date | null;
  };
}
