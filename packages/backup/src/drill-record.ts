import { isError, type Logger } from "@nexus/service";
import { connect } from "./contents";
import type { Manifest } from "./manifest";
import type { Server } from "./programs";

/**
 * Notes in the database in use how a drill ended, for the metrics of the kernel. A database that does not answer, or does
 * not know drills yet, changes nothing about the result.
 * @param proven the backup that was restored; undefined if the drill failed
 */
export async function noteDrill(live: Server, proven: Manifest | undefined, log: Logger): Promise<void> {
  try {
    const client = await connect(live);
    const insert = `
      insert into kernel.drills as last (ended_at, succeeded, proven_backup, proven_at) values (now(), $1, $2, $3)
      on conflict (only_row) do update set ended_at = excluded.ended_at, succeeded = excluded.succeeded,
        proven_backup = coalesce(excluded.proven_backup, last.proven_backup),
        proven_at = coalesce(excluded.proven_at, last.proven_at)`;
    await client
      .query(insert, [proven !== undefined, proven?.id ?? null, proven?.startedAt ?? null])
      .finally(() => client.end());
  } catch (error) {
    log.warn({ error: isError(error) ? error.message : String(error) }, "the result of the drill is in no metric");
  }
}
