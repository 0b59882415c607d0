import { createHash, randomBytes, randomUUID } from "node:crypto";
import { may, permissionOver, type Role } from "@nexus/contract";
import { type PlanBook, ServiceError, tenantSuspended } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import { noteRole } from "./role-changes";
import { lockTenant, requireRoomForMember } from "./subscription-store";
import type { StudioTables } from "./tables";
import { roleOf, type Tx } from "./tenant-store";

export interface Invitation {
  readonly id: string;
  readonly role: Role;
  /** The address that it is for; null for whoever has the link. */
  readonly email: string | null;
  readonly invitedBy: string;
  readonly expiresAt: Date;
}

/** What somebody with the link sees before they accept. */
export interface Offer extends Pick<Invitation, "role" | "email" | "invitedBy" | "expiresAt"> {
  readonly tenantName: string;
}

export const INVITATION_SECONDS = 7 * 86_400;

/** The token is random enough that a fast hash protects it. */
export const hashOfInvitation = (token: string) => createHash("sha256").update(token).digest();

/** The invitation of a link, mailed or passed on. */
const byToken = (hash: Buffer) => sql<boolean>`${hash} in (token_hash, mailed_token_hash)`;

/** Invitations that nobody has accepted and that have not run out. */
const open = (db: Kysely<StudioTables>) =>
  db
    .selectFrom("studio.invitations as invitations")
    .innerJoin("studio.users as inviters", "inviters.id", "invitations.invited_by")
    .select([
      "invitations.id",
      "invitations.role",
      "invitations.email",
      "inviters.email as invitedBy",
      "invitations.expires_at as expiresAt",
    ])
    .where("invitations.accepted_at", "is", null)
    .where("invitations.expires_at", ">", sql<Date>`now()`);

/** Invitations; the database holds hashes of their tokens. */
export class InvitationStore {
  constructor(
    private readonly db: Kysely<StudioTables>,
    private readonly plans: PlanBook,
  ) {}

  async list(tenantId: string): Promise<Invitation[]> {
    return await open(this.db)
      .where("invitations.tenant_id", "=", tenantId)
      .orderBy("invitations.created_at")
      .orderBy("invitations.id")
      .execute();
  }

  async look(token: string): Promise<Offer | undefined> {
    return await open(this.db)
      .innerJoin("studio.tenants as tenants", "tenants.id", "invitations.tenant_id")
      .select("tenants.name as tenantName")
      .where(byToken(hashOfInvitation(token)))
      .executeTakeFirst();
  }

  /** Whether it is the token that was mailed to this address, which only whoever reads its mails can have. */
  async proves(token: string, email: string): Promise<boolean> {
    const found = await open(this.db)
      .where("invitations.mailed_token_hash", "=", hashOfInvitation(token))
      .where("invitations.email", "=", email)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** Throws unless somebody with this address could accept it. */
  async requireFor(token: string, email: string): Promise<void> {
    const offer = await this.look(token);
    if (!offer || (offer.email !== null && offer.email !== email)) throw new ServiceError("invitation_invalid");
  }

  /** The mail server did not accept the mail, so whoever invited passes the link on. */
  async notMailed(mailedToken: string): Promise<void> {
    await this.db
      .updateTable("studio.invitations")
      .set({ mailed_token_hash: null })
      .where("mailed_token_hash", "=", hashOfInvitation(mailedToken))
      .execute();
  }

  /** Makes somebody who has an account a member. */
  async accept(token: string, userId: string): Promise<string> {
    return await this.db.transaction().execute(async (tx) => {
      const user = await tx
        .selectFrom("studio.users")
        .select(["id as userId", "email", "email_verified as verified"])
        .where("id", "=", userId)
        .forKeyShare()
        .executeTakeFirst();
      if (!user) throw new ServiceError("unauthorized");
      return (await redeem(tx, hashOfInvitation(token), user, this.plans)).tenantId;
    });
  }
}

export interface NewInvitation {
  readonly tenantId: string;
  readonly role: Role;
  readonly email: string | null;
  readonly invitedBy: string;
  /** Whether it goes out by mail. */
  readonly byMail: boolean;
}

const newToken = () => randomBytes(32).toString("base64url");

/**
 * @returns the token, which nobody can read again, and another one for the mail, which proves that its reader has the address
 * @param most how many of a tenant may be open at a time
 */
export async function invite(tx: Tx, { tenantId, role, email, invitedBy, byMail }: NewInvitation, most: number) {
  await tx
    .deleteFrom("studio.invitations")
    .where("tenant_id", "=", tenantId)
    .where(({ or, eb }) => or([eb("accepted_at", "is not", null), eb("expires_at", "<=", sql<Date>`now()`)]))
    .execute();
  const { count } = await tx
    .selectFrom("studio.invitations")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .where("tenant_id", "=", tenantId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= most)
    throw new ServiceError("limit_reached", { detail: `A tenant may have ${most} open invitations; withdraw some` });
  const [id, token, mailedToken] = [randomUUID(), newToken(), byMail ? newToken() : undefined];
  const { expiresAt } = await tx
    .insertInto("studio.invitations")
    .values({
      id,
      tenant_id: tenantId,
      token_hash: hashOfInvitation(token),
      mailed_token_hash: mailedToken === undefined ? null : hashOfInvitation(mailedToken),
      role,
      email,
      invited_by: invitedBy,
      expires_at: sql<Date>`now() + ${INVITATION_SECONDS} * interval '1 second'`,
    })
    .returning("expires_at as expiresAt")
    .executeTakeFirstOrThrow();
  await audit(tx, { tenantId, act: "invitation.made", target: { invitationId: id, role } });
  return { token, mailedToken, expiresAt };
}

/** @returns the role that the invitation was for; undefined where there is none such */
export async function withdraw(tx: Tx, tenantId: string, id: string): Promise<Role | undefined> {
  const row = await tx
    .deleteFrom("studio.invitations")
    .where("tenant_id", "=", tenantId)
    .where("id", "=", id)
    .where("accepted_at", "is", null)
    .returning(["id as invitationId", "role"])
    .executeTakeFirst();
  if (row) await audit(tx, { tenantId, act: "invitation.withdrawn", target: row });
  return row?.role;
}

/**
 * Makes a person a member, once for each invitation; `hash` is that of its token. It must be for their address, and whoever invited must still have the
 * right to. Where the invitation was mailed, the person must have shown that they read that address, with the link of the
 * mail or before. Who is a member already stays what they are, and the invitation stays open.
 */
export async function redeem(
  tx: Tx,
  hash: Buffer,
  person: { readonly userId: string; readonly email: string; readonly verified: boolean },
  plans: PlanBook,
): Promise<{ readonly tenantId: string; readonly tenantName: string; readonly role: Role }> {
  await lockTenantOf(tx, hash);
  const invitation = await open(tx)
    .innerJoin("studio.tenants as tenants", "tenants.id", "invitations.tenant_id")
    .select(["tenants.id as tenantId", "tenants.name as tenantName", "inviters.id as inviterId"])
    .select(["invitations.mailed_token_hash as mailedHash", "tenants.suspended_reason as suspended"])
    .where(byToken(hash))
    .forUpdate("invitations")
    .executeTakeFirst();
  if (!invitation) throw new ServiceError("invitation_invalid");
  const { id, tenantId, tenantName, role, email, inviterId, mailedHash, suspended } = invitation;
  if (suspended !== null) throw tenantSuspended(suspended);
  const present = await roleOf(tx, tenantId, person.userId);
  if (present) return { tenantId, tenantName, role: present };
  const inviter = await roleOf(tx, tenantId, inviterId);
  if (!inviter || !may(inviter, permissionOver(role)) || (email !== null && email !== person.email))
    throw new ServiceError("invitation_invalid");
  const proves = mailedHash?.equals(hash) ?? false;
  if (mailedHash && !proves && !person.verified) throw new ServiceError("address_unverified");
  await requireRoomForMember(tx, tenantId, plans);
  if (proves)
    await tx.updateTable("studio.users").set({ email_verified: true }).where("id", "=", person.userId).execute();
  await tx.insertInto("studio.members").values({ tenant_id: tenantId, user_id: person.userId, role }).execute();
  // Who comes back may have a token from before with another role.
  await noteRole(tx, tenantId, person.userId, role);
  await tx
    .updateTable("studio.invitations")
    .set({ accepted_at: sql<Date>`now()` })
    .where("id", "=", id)
    .execute();
  await audit(tx, { tenantId, act: "member.joined", actor: person.userId, target: { role, invitedBy: inviterId } });
  return { tenantId, tenantName, role };
}

/** Before the invitation itself, as changes of the tenant do; members are counted one after the other. */
async function lockTenantOf(tx: Tx, hash: Buffer): Promise<void> {
  const found = await tx
    .selectFrom("studio.invitations")
    .select("tenant_id as tenantId")
    .where(byToken(hash))
    .executeTakeFirst();
  if (found) await lockTenant(tx, found.tenantId);
}
