import { createHash, randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Home, NewAccount } from "./account-store";
import type { StudioTables } from "./tables";

export type PendingSignUp = Pick<NewAccount, "email" | "passwordHash" | "home">;

const LINK_SECONDS = 86_400;

/** The token is random enough that a fast hash protects it. */
const hashOf = (token: string) => createHash("sha256").update(token).digest();

/** Sign-ups whose address is not proven yet: there is no account before the link in the mail was opened. */
export class SignUpStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** @returns the token of the link; others for the same address count as well */
  async issue({ email, passwordHash, home }: PendingSignUp): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    await this.db
      .insertInto("studio.sign_ups")
      .values({
        token_hash: hashOf(token),
        email,
        password_hash: passwordHash,
        tenant_name: "tenantName" in home ? home.tenantName : null,
        invitation_hash: "invitation" in home ? home.invitation : null,
        expires_at: sql<Date>`now() + ${LINK_SECONDS} * interval '1 second'`,
      })
      .execute();
    return token;
  }

  async find(token: string): Promise<PendingSignUp | undefined> {
    const found = await this.db
      .selectFrom("studio.sign_ups")
      .select(["email", "password_hash as passwordHash", "tenant_name", "invitation_hash"])
      .where("token_hash", "=", hashOf(token))
      .where("expires_at", ">", sql<Date>`now()`)
      .executeTakeFirst();
    if (!found) return undefined;
    const { email, passwordHash, tenant_name: tenantName, invitation_hash: invitation } = found;
    const home: Home | undefined = invitation ? { invitation } : tenantName !== null ? { tenantName } : undefined;
    return home && { email, passwordHash, home };
  }

  async prune(): Promise<void> {
    await this.db
      .deleteFrom("studio.sign_ups")
      .where("expires_at", "<=", sql<Date>`now()`)
      .execute();
  }
}
