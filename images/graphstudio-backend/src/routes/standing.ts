import { type App, STANDING_PATH, STANDING_WAIT_MS, standingList } from "@nexus/service";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { StandingWatch } from "../standing/standing-watch";
import type { StandingStore } from "../store/standing-store";
import { requireService } from "./require-service";

export interface StandingRoutesOptions {
  readonly watch: StandingWatch;
  readonly store: StandingStore;
  /** The keys that all services share. */
  readonly keys: readonly string[];
}

const query = z.object({ version: z.string().max(100).default("").describe("`version` of the answer before") });
const erasedBody = z.object({ tenantIds: z.array(z.uuid()).max(10_000) });

/** What the other services ask and say, with a token that only they can make. */
export function registerStandingRoutes(app: App, { watch, store, keys }: StandingRoutesOptions): void {
  const onRequest = requireService(keys);
  const tags = ["services"];
  const errors = ["database_unavailable", "unauthorized"] as const;

  app.get(
    STANDING_PATH,
    {
      onRequest,
      schema: {
        tags,
        description: "Who may not work now; the answer waits for a change of the list, for 20 s at most",
        querystring: query,
        response: { 200: standingList },
        errors,
      },
    },
    async (request, reply) => {
      const asked = departure(reply);
      // Before the list is read, so that no change is missed.
      const changed = watch.changed(STANDING_WAIT_MS, asked.signal);
      const now = await store.list();
      if (now.version === request.query.version) await changed;
      asked.abort();
      return now.version === request.query.version ? await store.list() : now;
    },
  );

  app.post(
    `${STANDING_PATH}/erased`,
    {
      onRequest,
      bodyLimit: 1024 * 1024,
      schema: {
        tags,
        description: "The kernel has nothing of these deleted tenants any more",
        body: erasedBody,
        response: { 204: z.null() },
        errors,
      },
    },
    async (request, reply) => {
      await store.erased(request.body.tenantIds);
      await watch.refresh();
      return reply.code(204).send(null);
    },
  );

  app.addHook("preClose", async () => watch.close());
}

/** Aborted when the asker leaves. */
function departure(reply: FastifyReply): AbortController {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return gone;
}
