import { randomUUID } from "node:crypto";
import { accountSuspended, ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import type { Address } from "../oidc/claims";
import { audit } from "./audit";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";

/** Somebody whom the identity provider vouches for. */
export interface Newcomer extends Address {
  readonly issuer: string;
  readonly subject: string;
  /** Who is signed in in that browser; undefined for nobody. */
  readonly signedIn: string | undefined;
}

const OVERTAKEN = new Error("another request made this account or identity first");

/** Accounts of people whom the identity provider knows: issuer and subject say who somebody is, whatever their address is. */
export class OidcStore {
  /** @param creates whether people without an account get one */
  constructor(
    private readonly db: Kysely<StudioTables>,
    private readonly creates: boolean,
  ) {}

  /** The account of somebody who was here before. Throws where it is suspended. */
  async find(issuer: string, subject: string): Promise<string | undefined> {
    const found = await this.db
      .selectFrom("studio.identities as identities")
      .innerJoin("studio.users as users", "users.id", "identities.user_id")
      .select(["users.id", "users.suspended_reason as suspended"])
      .where("identities.provider_id", "=", issuer)
      .where("identities.account_id", "=", subject)
      .executeTakeFirst();
    return notSuspended(found)?.id;
  }

  /** Where an account has identities; a password is one of {@link CREDENTIAL}. */
  async providersOf(userId: string): Promise<string[]> {
    const rows = await this.db
      .selectFrom("studio.identities")
      .select("provider_id as providerId")
      .where("user_id", "=", userId)
      .execute();
    return rows.map(({ providerId }) => providerId);
  }

  /** Gives somebody who was never here the account of their address, or a new one. */
  async admit(person: Newcomer): Promise<string> {
    const { issuer, subject } = person;
    const work = this.db.transaction().execute((tx) => this.admitIn(tx, person));
    // Another request of the same person may have been faster.
    const userId = await work.catch(async (error: unknown) => {
      if (error === OVERTAKEN) return await this.find(issuer, subject);
      throw error;
    });
    if (userId === undefined) throw new ServiceError("oidc_refused");
    return userId;
  }

  private async admitIn(tx: Tx, person: Newcomer): Promise<string> {
    const { issuer, subject } = person;
    const present = await this.own(tx, person);
    const userId = present ?? (await this.create(tx, person));
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto("studio.identities")
      .values({ user_id: userId, provider_id: issuer, account_id: subject, password: null })
      .onConflict((conflict) => conflict.columns(["provider_id", "account_id"]).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) throw OVERTAKEN;
    const target = { userId, issuer };
    if (present === undefined) await audit(tx, { act: "account.created", actor: userId, target });
    await audit(tx, { act: "identity.connected", actor: userId, target });
    return userId;
  }

  /**
   * The account with the person's address. Both sides must have proven that address, or somebody takes over an account by
   * naming its address at the provider, or keeps a password of an account that they made for somebody else's address. Who is
   * signed in to the account has proven more. A second subject with the same address may be the next owner of a mailbox, and
   * where there is a second factor, an address is not enough to change the ways into an account.
   */
  private async own(tx: Tx, person: Newcomer): Promise<string | undefined> {
    const { email, verified, signedIn } = person;
    const user = await tx
      .selectFrom("studio.users")
      .select(["id", "email_verified as verified", "suspended_reason as suspended"])
      .where("email", "=", email)
      .forUpdate()
      .executeTakeFirst();
    requireSame(signedIn, user?.id);
    if (!user) return undefined;
    if (user.id !== signedIn && !(verified && user.verified && (await isOpen(tx, user.id, person))))
      throw new ServiceError(verified ? "oidc_connect_first" : "oidc_email_unusable");
    notSuspended(user);
    if (verified && !user.verified)
      await tx.updateTable("studio.users").set({ email_verified: true }).where("id", "=", user.id).execute();
    return user.id;
  }

  private async create(tx: Tx, { email, verified }: Newcomer): Promise<string> {
    if (!this.creates) throw new ServiceError("oidc_no_account");
    const userId = randomUUID();
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto("studio.users")
      .values({ id: userId, email, email_verified: verified })
      .onConflict((conflict) => conflict.column("email").doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) throw OVERTAKEN;
    return userId;
  }
}

/** Whoever connects the account that they are signed in to must not find themselves in another one. */
export function requireSame(signedIn: string | undefined, userId: string | undefined): void {
  if (signedIn !== undefined && signedIn !== userId) throw new ServiceError("oidc_other_account");
}

function notSuspended<User extends { readonly suspended: string | null }>(user: User | undefined): User | undefined {
  if (user && user.suspended !== null) throw accountSuspended(user.suspended);
  return user;
}

/** Whether an account has neither another subject of the provider nor a second factor. */
async function isOpen(tx: Tx, userId: string, { issuer, subject }: Newcomer): Promise<boolean> {
  const subjects = tx
    .selectFrom("studio.identities")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("provider_id", "=", issuer)
    .where("account_id", "!=", subject);
  const factors = tx
    .selectFrom("studio.second_factors")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("confirmed_at", "is not", null);
  return (await subjects.unionAll(factors).execute()).length === 0;
}
