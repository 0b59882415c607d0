import { type App, ServiceError, Turns, whenAnswered } from "@nexus/service";

/** Number of requests of one person that are worked on at a time; the database has few connections. */
const AT_ONCE = 4;
/** Maximum number of requests of one person that wait for these. */
const MAX_WAITING = 250;

/**
 * Lets the requests of each person take turns, so that whoever asks for much, such as exports of a long audit trail, waits
 * for themselves and not everybody else. A request that waits is not read yet.
 */
export function takeTurns(app: App): void {
  const turns = new Turns(AT_ONCE);
  app.addHook("onRoute", ({ schema }) => {
    if (schema?.security) schema.errors = [...(schema.errors ?? []), "rate_limited"];
  });
  app.addHook("preParsing", async (request, reply) => {
    const { principal } = request;
    if (!principal) return;
    if (turns.waiting(principal.userId) >= MAX_WAITING) {
      const detail = `A person may have ${AT_ONCE + MAX_WAITING} requests at one time; wait for answers before the next one`;
      throw new ServiceError("rate_limited", { detail, retryAfterSeconds: 1 });
    }
    await new Promise<void>((begin) => {
      const answered = () =>
        new Promise<void>((end) => {
          whenAnswered(request, reply, end);
          begin();
        });
      void turns.run(principal.userId, answered);
    });
  });
}
