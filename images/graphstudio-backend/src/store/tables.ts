import type { KeyScope, Role } from "@nexus/contract";
import type { ColumnType, Generated, Kysely } from "kysely";
import type { ClusterScan } from "./cluster-scan";
import type { ClusterStatus } from "./cluster-states";
import type { DeploymentTables } from "./deployment-tables";
import type { SubscriptionState } from "./subscription-states";

/** Tables of the schema `studio`. */
export interface StudioTables extends DeploymentTables {
  "studio.tenants": {
    id: string;
    name: string;
    created_at: Generated<Date>;
    requires_second_factor: Generated<boolean>;
  } & Suspension;
  "studio.users": {
    id: string;
    email: string;
    name: Generated<string>;
    email_verified: Generated<boolean>;
    created_at: Generated<Date>;
    platform_admin: Generated<boolean>;
  } & Suspension;
  /** Tenants and persons that were deleted, until every service knows it. */
  "studio.deleted": {
    id: string;
    kind: "tenant" | "person";
    deleted_at: Generated<Date>;
    /** When the kernel had nothing of the tenant any more. */
    erased_at: Generated<Date | null>;
  };
  /** Roles that tokens may not name yet; null for who is no member any more. */
  "studio.role_changes": { tenant_id: string; user_id: string; role: Role | null; changed_at: Generated<Date> };
  "studio.members": {
    tenant_id: string;
    user_id: string;
    role: Role;
    /** A group of the identity provider made it, so groups change and end it. */
    by_group: Generated<boolean>;
    created_at: Generated<Date>;
  };
  /** How a person proves who they are: a password (`credential`), or an account of somebody else. */
  "studio.identities": {
    id: Generated<string>;
    user_id: string;
    provider_id: string;
    account_id: string;
    password: string | null;
    created_at: Generated<Date>;
  };
  "studio.invitations": {
    id: string;
    tenant_id: string;
    token_hash: Buffer;
    /** The link that was mailed is another one, and proves the address; null where none was. */
    mailed_token_hash: Buffer | null;
    role: Role;
    email: string | null;
    invited_by: string;
    created_at: Generated<Date>;
    expires_at: Date;
    accepted_at: Generated<Date | null>;
  };
  "studio.api_keys": {
    id: string;
    tenant_id: string;
    made_by: string;
    name: string;
    key_hash: Buffer;
    scopes: KeyScope[];
    created_at: Generated<Date>;
    expires_at: Date;
    last_used_at: Generated<Date | null>;
  };
  "studio.clusters": {
    id: string;
    tenant_id: string;
    name: string;
    /** Of the kubeconfig, as is the server. */
    context: string;
    server: string;
    namespace: string;
    /** Whether any certificate of the server is accepted. */
    insecure: boolean;
    /** The kubeconfig, reduced to this one context. */
    sealed: Buffer;
    key_id: string;
    status: ClusterStatus;
    status_reason: string | null;
    checked_at: Date;
    version: string | null;
    node_count: number | null;
    /** Whether it is the cluster that the platform runs in; then nothing is sealed. */
    own: Generated<boolean>;
    /** Whether members deploy there too, and not only owners and admins. */
    members_deploy: Generated<boolean>;
    created_at: Generated<Date>;
    scan: ColumnType<ClusterScan | null, never, string>;
  };
  /** Which tenant has which namespace of the cluster that the platform runs in; it stays when the tenant is deleted. */
  "studio.tenant_namespaces": { name: string; tenant_id: string; taken_at: Generated<Date> };
  /** Where each audit trail stands. */
  "studio.audit_chains": { chain: string; seq: string; hash: string };
  /** Rows of audit trails; `line` is the row as it is exported. */
  "studio.audit_rows": { chain: string; seq: ColumnType<string, number>; at: Date; line: string };
  /** Denied requests that an hour put into a trail, and that it only counted; `actor` is empty for trails of tenants. */
  "studio.denial_hours": { chain: string; actor: string; hour: Date; rows: number; skipped: string };
  /** Reports of services that were taken, so that one that comes again changes nothing. */
  "studio.denial_batches": { id: string; tenant_id: string; received_at: Generated<Date> };
  /** AI tokens of tenants by day. */
  "studio.ai_days": { tenant_id: string; day: string; tokens: string };
  "studio.subscriptions": {
    tenant_id: string;
    plan: string;
    state: SubscriptionState;
    period_start: Date | null;
    period_end: Date | null;
    /** When it changed, as whoever changed it says. */
    changed_at: Date;
  };
  /** Events that were taken, so that one that is sent again changes nothing. */
  "studio.billing_events": { id: string; received_at: Generated<Date> };
  "studio.second_factors": {
    user_id: string;
    secret: string;
    key_id: string;
    last_step: Generated<number>;
    created_at: Generated<Date>;
    confirmed_at: Generated<Date | null>;
  };
  "studio.recovery_codes": { user_id: string; code_hash: Buffer };
  /** Sign-ins whose password was right, and that wait for a second factor. */
  "studio.sign_in_challenges": { token_hash: Buffer; user_id: string; expires_at: Date };
  /** The link that a person got by mail last; it proves an address, their own or a new one. */
  "studio.address_links": { user_id: string; email: string; token_hash: Buffer; expires_at: Date };
  /** Sign-ups that wait for the link in a mail; there is no account yet. */
  "studio.sign_ups": {
    token_hash: Buffer;
    email: string;
    password_hash: string;
    /** Null with an invitation. */
    tenant_name: string | null;
    invitation_hash: Buffer | null;
    expires_at: Date;
  };
  /** What better-auth keeps for links; `value` is the person. */
  "studio.verifications": { id: string; value: string };
  /** One log-in of a browser; better-auth keeps it. */
  "studio.browser_sessions": {
    id: string;
    user_id: string;
    token: string;
    tenant_id: string | null;
    expires_at: Date;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
    ip_address: string | null;
    user_agent: string | null;
  };
  /** One log-in of a program. Its refresh tokens are revoked together. */
  "studio.sessions": {
    id: string;
    user_id: string;
    tenant_id: Generated<string | null>;
    created_at: Generated<Date>;
    revoked_at: Date | null;
  };
  "studio.refresh_tokens": {
    token_hash: Buffer;
    session_id: string;
    expires_at: Date;
    used_at: Date | null;
    /** Together with the token it gives the next token; null if there is none. */
    successor_salt: Generated<Buffer | null>;
  };
}

/** Null while it is not suspended. */
interface Suspension {
  suspended_at: Generated<Date | null>;
  suspended_reason: Generated<string | null>;
}

export type StudioDatabase = Kysely<StudioTables>;
