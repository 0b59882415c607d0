import { PLAN_NAME } from "@nexus/contract";
import { nameText } from "@nexus/service";
import { z } from "zod";
import { aiDays } from "./plan-schemas";
import { subscriptionStates } from "./store/subscription-states";

const state = z.enum(subscriptionStates);
const suspension = z.object({ reason: z.string(), at: z.date() }).nullable();
const limit = z.coerce.number().int().min(1).max(200).default(50);
const search = z.string().max(254).default("");
const next = z.string().nullable().describe("Where the next page begins; null on the last one");

export const tenantSearch = z.object({
  search: search.describe("A part of the name, or the id"),
  after: z
    .union([z.uuid(), z.literal("")])
    .default("")
    .describe("`next` of the page before"),
  limit,
});
export const personSearch = z.object({
  search: search.describe("A part of the address, or the id"),
  after: z.string().max(254).default("").describe("`next` of the page before"),
  limit,
});
export const personParams = z.object({ userId: z.uuid() });

const tenant = z.object({
  id: z.uuid(),
  name: z.string(),
  createdAt: z.date(),
  members: z.number().int(),
  apiKeys: z.number().int(),
  plan: z.string().nullable().describe("Null where the tenant never had a subscription: the default plan counts"),
  state: state.nullable(),
  periodEnd: z.date().nullable(),
  suspension,
});
export const tenantPage = z.object({ items: z.array(tenant), next });
export const oneTenant = tenant.extend({
  planInForce: z.string().describe("The plan that counts now"),
  plans: z.array(z.string()).describe("Plans that there are"),
  aiDays,
});

const person = z.object({
  id: z.uuid(),
  email: z.string(),
  emailVerified: z.boolean(),
  createdAt: z.date(),
  tenants: z.number().int(),
  platformAdmin: z.boolean(),
  suspension,
});
export const personPage = z.object({ items: z.array(person), next });

export const suspensionBody = z.object({
  reason: nameText(500).describe("Shown to those who are suspended, and in the audit trail"),
});

const time = z.iso.datetime({ offset: true }).nullable().default(null);
export const subscriptionBody = z
  .object({ plan: z.string().regex(PLAN_NAME), state: state.default("active"), periodEnd: time })
  .refine(({ state, periodEnd }) => state !== "trial" || periodEnd !== null, {
    path: ["periodEnd"],
    message: "A trial needs its end",
  });
