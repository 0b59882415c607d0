import { type Permission, permissions, roles } from "@nexus/contract";
import { z } from "zod";
import { codeWhereOn, email, invitationToken, presentPassword, storableText, tenantName } from "./schemas";

const role = z.enum(roles);
const permissionNames = Object.keys(permissions) as [Permission, ...Permission[]];

export const tenantParams = z.object({ tenantId: z.uuid() });
export const memberParams = tenantParams.extend({ userId: z.uuid().toLowerCase() });
export const invitationParams = tenantParams.extend({ invitationId: z.uuid() });

/** What every route of a tenant may answer to somebody who may not use it. */
export const memberErrors = ["tenant_not_found", "forbidden", "second_factor_required"] as const;

export const tenant = z.object({
  id: z.uuid(),
  name: z.string(),
  role: role.describe("What the caller is there"),
  permissions: z.array(z.enum(permissionNames)).describe("What the caller may do there"),
  suspended: z.string().nullable().describe("Why nobody may work there at the moment; null otherwise"),
  requiresSecondFactor: z.boolean().describe("Whether its members need a second factor"),
  lacksSecondFactor: z
    .boolean()
    .describe("Whether the caller has none although they need one, and sees no more than this"),
});
export const secondFactorRule = z.object({ required: z.boolean() });
export const tenantList = z.object({ items: z.array(tenant) });
export const tenantBody = z.object({ name: tenantName });

const MOST_MEMBERS = 200;
export const memberQuery = z.object({
  after: storableText(254).default("").describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(MOST_MEMBERS).default(50),
  find: storableText(254).default("").describe("Only members with this in their address"),
});
const member = z.object({ userId: z.uuid(), email: z.string(), role, joinedAt: z.date() });
export const memberPage = z.object({
  items: z.array(member),
  next: z.string().nullable().describe("Where the next page begins; null on the last one"),
});
const codeOfOwner = codeWhereOn.describe("Needed for the role of an owner, where a second factor is on");
export const roleBody = z.object({ role, code: codeOfOwner });

export const inviteBody = z.object({
  role: role.default("member"),
  email: email.optional().describe("The address that it is for; without it whoever has the link may join, once"),
  code: codeOfOwner,
});
const openInvitation = z.object({
  id: z.uuid(),
  role,
  email: z.string().nullable(),
  invitedBy: z.string(),
  expiresAt: z.date(),
});
export const invitationList = z.object({ items: z.array(openInvitation) });
export const madeInvitation = openInvitation.omit({ id: true, invitedBy: true }).extend({
  token: z.string().describe("Shown once; who has it may join"),
  mailed: z.boolean().describe("Whether the mail server took the invitation; if not, pass the link on yourself"),
});
export const offer = openInvitation.omit({ id: true }).extend({ tenantName: z.string() });
export const tokenBody = z.object({ token: invitationToken });

export const deletionBody = z.object({
  name: z.string().max(200).describe("The name of the tenant, to be sure that it is the right one"),
  password: presentPassword,
  code: codeWhereOn,
});
