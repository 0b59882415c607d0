import { PLAN_NAME } from "@nexus/contract";
import { z } from "zod";
import { subscriptionStates } from "./store/subscription-states";

const planName = z.string().regex(PLAN_NAME);
export const limit = z.number().int().nullable();
const state = z.enum(subscriptionStates);

const plan = z.object({
  name: z.string(),
  workspaces: limit,
  activeWorkspaces: limit,
  executionSecondsPerDay: limit,
  storageMb: limit,
  streamMbPerDay: limit,
  members: limit,
  apiKeys: limit,
  clusters: limit,
  aiTokensPerDay: limit,
});

const aiDay = z.object({ day: z.iso.date().describe("In UTC"), tokens: z.number() });
export const aiDays = z.array(aiDay).describe("Days on which AI tokens were used, the newest first");

export const subscriptionQuery = z.object({
  days: z.coerce.number().int().min(1).max(400).default(31).describe("Most days of the history"),
});

export const planBody = z.object({ plan: planName });

export const subscription = z.object({
  plan: z.string(),
  state: state.describe("A cancelled subscription and a trial count until `periodEnd`, others until they change"),
  periodStart: z.date().nullable(),
  periodEnd: z.date().nullable(),
  inForce: plan.describe("The plan that counts now; null for a limit that holds for every tenant"),
  members: z.number().int(),
  apiKeys: z.number().int(),
  clusters: z.number().int(),
  limits: z
    .object({ members: limit, apiKeys: z.number().int(), clusters: z.number().int() })
    .describe("What the backend limits, by the plan or for every tenant; null for no limit"),
  choices: z.array(plan).describe("Plans that an owner may change to"),
  aiDays,
});

const time = z.iso.datetime({ offset: true });

export const billingEvent = z.object({
  type: z.literal("subscription.changed"),
  timestamp: time.describe("When the subscription changed; an event that is older than the newest one changes nothing"),
  data: z
    .object({
      tenantId: z.uuid(),
      plan: planName,
      state,
      periodStart: time.nullable().default(null),
      periodEnd: time.nullable().default(null).describe("Needed for a trial"),
    })
    .refine(({ state, periodEnd }) => state !== "trial" || periodEnd !== null, {
      path: ["periodEnd"],
      message: "A trial needs its end",
    }),
});
export const billingAnswer = z.object({
  applied: z.boolean().describe("False for an event that came before, or after a newer one"),
});
