import { PLAN_NAME, type PlanLimit, planLimits } from "@nexus/contract";
import { z } from "zod";
import { flag, integer, text } from "../fields";

const limit = (name: PlanLimit) => {
  const {
    min,
    max,
    text: about,
    ...rest
  }: { min: number; max: number; text: string; unit?: string } = planLimits[name];
  return integer(min, max, min, rest.unit).describe(about).nullable().default(null);
};

const plan = z
  .strictObject({
    selfService: flag().describe("Owners may change to this plan themselves.").default(false),
    workspaces: limit("workspaces"),
    activeWorkspaces: limit("activeWorkspaces"),
    executionSecondsPerDay: limit("executionSecondsPerDay"),
    storageMb: limit("storageMb"),
    streamMbPerDay: limit("streamMbPerDay"),
    members: limit("members"),
    apiKeys: limit("apiKeys"),
    clusters: limit("clusters"),
    aiTokensPerDay: limit("aiTokensPerDay"),
  })
  .describe("One plan.");

/** What tenants may take. */
export const plansSection = z.strictObject({
  default: text(PLAN_NAME, "the name of a plan", "free")
    .describe("Plan of tenants whose subscription says no other one, such as new ones.")
    .default("unlimited"),
  definitions: z
    .record(z.string().regex(PLAN_NAME, "is not a name of lower-case letters, digits and dashes"), plan)
    .meta({ expects: "plans by their name" })
    .describe("Plans by their name. A preset brings `free`, `team` and `unlimited`.")
    .default({}),
});
export type PlansSection = z.output<typeof plansSection>;
