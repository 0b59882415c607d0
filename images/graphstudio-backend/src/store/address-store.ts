import { createHash, randomBytes } from "node:crypto";
import { ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import type { StudioTables } from "./tables";
import { isUniqueViolation } from "./unique-violation";

export interface Address {
  readonly email: string;
  /** Whether the person has shown that they read its mails. */
  readonly verified: boolean;
}

export interface Proven {
  readonly email: string;
  /** The address before; the same for one that was only verified. */
  readonly before: string;
}

const LINK_SECONDS = 86_400;

/** The token is random enough that a fast hash protects it. */
const hashOf = (token: string) => createHash("sha256").update(token).digest();

const addresses = (db: Kysely<StudioTables>) =>
  db.selectFrom("studio.users").select(["email", "email_verified as verified"]);

/** Addresses of people, and the links that prove them. */
export class AddressStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async find(userId: string): Promise<Address | undefined> {
    return await addresses(this.db).where("id", "=", userId).executeTakeFirst();
  }

  async isTaken(email: string): Promise<boolean> {
    return (await addresses(this.db).where("email", "=", email).executeTakeFirst()) !== undefined;
  }

  /** @returns the token of a link; the person's link before counts no more */
  async issue(userId: string, email: string): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    const link = {
      email,
      token_hash: hashOf(token),
      expires_at: sql<Date>`now() + ${LINK_SECONDS} * interval '1 second'`,
    };
    await this.db
      .insertInto("studio.address_links")
      .values({ user_id: userId, ...link })
      .onConflict((conflict) => conflict.column("user_id").doUpdateSet(link))
      .execute();
    return token;
  }

  /** Takes over the address of a link that its person opened. @returns undefined if the link was used or the address is taken */
  async prove(userId: string, token: string): Promise<Proven | undefined> {
    try {
      return await this.db.transaction().execute(async (tx) => {
        const link = await tx
          .deleteFrom("studio.address_links")
          .where("user_id", "=", userId)
          .where("token_hash", "=", hashOf(token))
          .where("expires_at", ">", sql<Date>`now()`)
          .returning("email")
          .executeTakeFirst();
        if (!link) return undefined;
        const { email } = link;
        const person = await addresses(tx).where("id", "=", userId).forUpdate().executeTakeFirst();
        if (!person) throw new ServiceError("unauthorized");
        const isNew = email !== person.email;
        // What the database refuses it writes into its log, with the address; so it is asked before.
        if (isNew && (await addresses(tx).where("email", "=", email).executeTakeFirst())) return undefined;
        await tx.updateTable("studio.users").set({ email, email_verified: true }).where("id", "=", userId).execute();
        // A link for a new password went to the address before.
        if (isNew) await tx.deleteFrom("studio.verifications").where("value", "=", userId).execute();
        await audit(tx, { act: isNew ? "address.changed" : "address.verified", target: { userId } });
        return { email, before: person.email };
      });
    } catch (error) {
      if (isUniqueViolation(error)) return undefined;
      throw error;
    }
  }

  /** Notes that a person reads the mails of their address. */
  async verify(userId: string): Promise<void> {
    await this.db.updateTable("studio.users").set({ email_verified: true }).where("id", "=", userId).execute();
  }
}
