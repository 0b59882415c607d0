import type { Kysely } from "kysely";
import { audit } from "./audit";
import type { StudioTables } from "./tables";

/** What an operator got wrong. */
export class PlatformAdminError extends Error {
  override readonly name = "PlatformAdminError";
}

export async function listPlatformAdmins(db: Kysely<StudioTables>) {
  return await db
    .selectFrom("studio.users")
    .select(["id", "email"])
    .where("platform_admin", "=", true)
    .orderBy("email")
    .execute();
}

/**
 * Makes the account of an address an administrator of the platform. Where nobody proved that the address is theirs, anybody
 * could have signed up with it, so the operator must name the account, whose id its person sees in the studio.
 */
export async function grantPlatformAdmin(
  db: Kysely<StudioTables>,
  email: string,
  accountId: string | undefined,
): Promise<void> {
  await setAdmin(db, email, true, ({ id, verified }) => {
    if (accountId !== undefined && accountId.toLowerCase() !== id)
      throw new PlatformAdminError(`${email} belongs to another account: ${id}, not ${accountId}.`);
    if (accountId === undefined && !verified)
      throw new PlatformAdminError(
        `The address ${email} is not verified, so anybody may have signed up with it. Ask its person for the id that their account page shows. Fix: add --account <id>`,
      );
  });
}

export async function revokePlatformAdmin(db: Kysely<StudioTables>, email: string): Promise<void> {
  await setAdmin(db, email, false, () => undefined);
}

async function setAdmin(
  db: Kysely<StudioTables>,
  email: string,
  isAdmin: boolean,
  check: (account: { readonly id: string; readonly verified: boolean }) => void,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const account = await tx
      .selectFrom("studio.users")
      .select(["id", "email_verified as verified"])
      .where("email", "=", email.normalize("NFKC").trim().toLowerCase())
      .forUpdate()
      .executeTakeFirst();
    if (!account) throw new PlatformAdminError(`There is no account with the address ${email}. Fix: sign up first`);
    check(account);
    await tx.updateTable("studio.users").set({ platform_admin: isAdmin }).where("id", "=", account.id).execute();
    await audit(tx, { act: isAdmin ? "admin.granted" : "admin.revoked", target: { userId: account.id } });
  });
}
