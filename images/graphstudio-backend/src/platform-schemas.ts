import { PLAN_NAME } from "@nexus/contract";
import { nameText } from "@nexus/service";
import { z } from "zod";
import { aiDays, limit as planLimit, subscriptionQuery } from "./plan-schemas";
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
const UNKNOWN = "Null where no kernel uses the database, or only one of an earlier release";
const using = z.object({
  workspaces: z.number().int(),
  activeWorkspaces: z.number().int().describe("Those that a pod holds"),
  storageBytes: z.number(),
});
const use = using.extend({
  executionSeconds: z.number().describe("Of today (UTC), with what is reserved"),
  streamBytes: z.number().describe("Size of events and panel changes of today, with what is reserved"),
});
export const tenantPage = z.object({
  items: z.array(tenant.extend({ usage: use.nullable().describe(UNKNOWN) })),
  next,
});

const usageDay = z.object({
  day: z.iso.date().describe("In UTC"),
  executionSeconds: z.number(),
  reservedSeconds: z.number().describe("Reserved for executions that run, or whose pod was killed"),
  executions: z.number().int(),
  streamBytes: z.number().describe("Size of events and panel changes"),
  reservedStreamBytes: z.number(),
});
const usage = using.extend({
  limits: z
    .object({
      workspaces: z.number().int(),
      activeWorkspaces: planLimit,
      storageMb: z.number().int(),
      executionSecondsPerDay: planLimit,
      streamMbPerDay: planLimit,
    })
    .describe("Those of the plan in force, or of every tenant; null for no limit"),
  history: z.array(usageDay).describe("Days on which code ran, the newest first"),
});
export const oneTenant = tenant.extend({
  planInForce: z.string().describe("The plan that counts now"),
  plans: z.array(z.string()).describe("Plans that there are"),
  aiDays,
  usage: usage.nullable().describe(UNKNOWN),
});
export const tenantQuery = subscriptionQuery;

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
