import { requirePrincipal } from "@nexus/service";
import { z } from "zod";
import { NO_WORKSPACE } from "../store/usage-store";
import * as errors from "./errors";
import { type RouteContext, security } from "./context";

const limit = z.number().int().nullable();

const usageQuery = z.object({
  days: z.coerce.number().int().min(1).max(400).default(31).describe("Most days of the history"),
});
const usage = z.object({
  plan: z.string().describe("The plan that counts for this request"),
  limits: z
    .object({
      workspaces: z.number().int(),
      activeWorkspaces: limit,
      storageMb: z.number().int(),
      executionSecondsPerDay: limit,
      streamMbPerDay: limit,
    })
    .describe("Null for no limit"),
  workspaces: z.number().int(),
  activeWorkspaces: z.number().int().describe("Those that a pod holds"),
  storageBytes: z.number().describe("As of some seconds ago"),
  history: z
    .array(
      z.object({
        day: z.iso.date().describe("In UTC"),
        executionSeconds: z.number(),
        reservedSeconds: z.number().describe("Reserved for executions that run, or whose pod was killed"),
        executions: z.number().int(),
        streamBytes: z.number().describe("Size of events and panel changes"),
        reservedStreamBytes: z.number(),
      }),
    )
    .describe("Days on which code ran, the newest first"),
});

/** What the caller's tenant uses of its plan. */
export function registerUsageRoutes({ app, authenticate, stores, quotas }: RouteContext): void {
  app.get(
    "/api/v1/usage",
    {
      onRequest: authenticate,
      schema: {
        tags: ["plans"],
        security,
        permission: "plan.read",
        querystring: usageQuery,
        response: { 200: usage },
        errors: errors.stored,
      },
    },
    async (request) => {
      const principal = requirePrincipal(request);
      const { tenantId } = principal;
      const days = await stores.times.history(tenantId, request.query.days);
      return {
        ...quotas.limitsOf(principal),
        workspaces: await stores.usage.workspaces(tenantId),
        activeWorkspaces: (await stores.usage.active(tenantId, NO_WORKSPACE)).count,
        storageBytes: await quotas.storedBytes(principal),
        history: days.map(({ usedMs, reservedMs, ...day }) => ({
          ...day,
          executionSeconds: usedMs / 1000,
          reservedSeconds: reservedMs / 1000,
        })),
      };
    },
  );
}
