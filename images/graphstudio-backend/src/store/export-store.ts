import type { Kysely } from "kysely";
import { CREDENTIAL } from "./account-store";
import type { AiUsageStore } from "./ai-usage-store";
import type { AuditStore } from "./audit-store";
import type { PersonSession } from "./person-sessions";
import type { StudioTables } from "./tables";

const PAGE = 200;
const DAYS = 400;

const line = (value: object) => `${JSON.stringify(value)}\n`;

/**
 * What the backend holds of a tenant or of a person, as lines of JSON. One page is in memory at a time, and the next one is
 * read when the reader has taken what came before.
 */
export class ExportStore {
  constructor(
    private readonly db: Kysely<StudioTables>,
    private readonly trails: AuditStore,
    private readonly aiUsage: AiUsageStore,
  ) {}

  /** @param deployed its clusters, settings, projects and deployments, each as a line */
  async *tenant(tenantId: string, deployed: AsyncIterable<object>): AsyncGenerator<string> {
    const { db } = this;
    const tenant = await db
      .selectFrom("studio.tenants")
      .select(["id", "name", "created_at as createdAt", "requires_second_factor as requiresSecondFactor"])
      .where("id", "=", tenantId)
      .executeTakeFirst();
    yield line({ kind: "tenant", ...tenant });
    yield* pages((after) =>
      db
        .selectFrom("studio.members as members")
        .innerJoin("studio.users as users", "users.id", "members.user_id")
        .select(["users.id", "users.email", "members.role", "members.created_at as joinedAt"])
        .select("members.by_group as byGroup")
        .where("members.tenant_id", "=", tenantId)
        .$if(after !== undefined, (query) => query.where("users.id", ">", after ?? ""))
        .orderBy("users.id")
        .limit(PAGE)
        .execute(),
    )("member");
    yield* pages((after) =>
      db
        .selectFrom("studio.invitations")
        .select(["id", "role", "email", "invited_by as invitedBy", "created_at as createdAt"])
        .select(["expires_at as expiresAt", "accepted_at as acceptedAt"])
        .where("tenant_id", "=", tenantId)
        .$if(after !== undefined, (query) => query.where("id", ">", after ?? ""))
        .orderBy("id")
        .limit(PAGE)
        .execute(),
    )("invitation");
    yield* pages((after) =>
      db
        .selectFrom("studio.api_keys")
        .select(["id", "name", "scopes", "made_by as madeBy", "created_at as createdAt"])
        .select(["expires_at as expiresAt", "last_used_at as lastUsedAt"])
        .where("tenant_id", "=", tenantId)
        .$if(after !== undefined, (query) => query.where("id", ">", after ?? ""))
        .orderBy("id")
        .limit(PAGE)
        .execute(),
    )("api-key");
    for await (const one of deployed) yield line(one);
    const subscription = await db
      .selectFrom("studio.subscriptions")
      .select(["plan", "state", "period_start as periodStart", "period_end as periodEnd", "changed_at as changedAt"])
      .where("tenant_id", "=", tenantId)
      .executeTakeFirst();
    if (subscription) yield line({ kind: "subscription", ...subscription });
    for (const day of await this.aiUsage.history(tenantId, DAYS)) yield line({ kind: "ai-usage", ...day });
    // The rows stay unchanged, so that their hashes can still be checked.
    for await (const row of this.trails.lines(tenantId, 0)) yield `{"kind":"audit","row":${row}}\n`;
    yield line({ kind: "end", part: "tenant" });
  }

  /** @param sessions the sessions of the person, read by `PersonSessions` */
  async *account(userId: string, sessions: readonly PersonSession[]): AsyncGenerator<string> {
    const account = await this.db
      .selectFrom("studio.users")
      .select(["id", "email", "name", "email_verified as emailVerified", "created_at as createdAt"])
      .where("id", "=", userId)
      .executeTakeFirst();
    yield line({ kind: "account", ...account });
    const identities = await this.db
      .selectFrom("studio.identities")
      .select(["provider_id as issuer", "account_id as subject", "created_at as connectedAt"])
      .where("user_id", "=", userId)
      .where("provider_id", "!=", CREDENTIAL)
      .orderBy("created_at")
      .execute();
    for (const identity of identities) yield line({ kind: "identity", ...identity });
    for (const { kind: of, ...session } of sessions) yield line({ kind: "session", of, ...session });
    yield* pages((after) =>
      this.db
        .selectFrom("studio.members as members")
        .innerJoin("studio.tenants as tenants", "tenants.id", "members.tenant_id")
        .select(["tenants.id", "tenants.name", "members.role", "members.created_at as joinedAt"])
        .select("members.by_group as byGroup")
        .where("members.user_id", "=", userId)
        .$if(after !== undefined, (query) => query.where("tenants.id", ">", after ?? ""))
        .orderBy("tenants.id")
        .limit(PAGE)
        .execute(),
    )("membership");
    yield line({ kind: "end", part: "account" });
  }
}

function pages<Row extends { readonly id: string }>(read: (after: string | undefined) => Promise<Row[]>) {
  return async function* (kind: string): AsyncGenerator<string> {
    for (let after: string | undefined; ;) {
      const rows = await read(after);
      for (const row of rows) yield line({ kind, ...row });
      if (rows.length < PAGE) return;
      after = rows.at(-1)?.id;
    }
  };
}
