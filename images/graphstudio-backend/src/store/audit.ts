import { type AuditAct, EMPTY_TRAIL, sealRow } from "@nexus/contract";
import type { Transaction } from "kysely";
import { sql } from "kysely";
import { acting, type Acting } from "../audit/acting";
import type { StudioTables } from "./tables";

/** The trail of what people do with their own accounts, and of who was let in. */
export const PLATFORM = "platform";

export interface Act extends Partial<Acting> {
  /** The tenant that it changes; without it the row goes to the trail of the platform. */
  readonly tenantId?: string;
  readonly act: AuditAct;
  /** @default "done" */
  readonly outcome?: "done" | "denied" | "failed";
  /** The object of the act, such as a key or a member. */
  readonly target?: Readonly<Record<string, string | number | null>>;
}

interface Head {
  readonly seq: string;
  readonly hash: string;
  readonly at: Date;
}

/**
 * Adds a row to a trail, in the transaction of the act. The lock on the trail's head decides the order of all pods, and is
 * held until the act is committed. So call it last: locks that are taken after it could wait for each other.
 */
export async function audit(
  tx: Transaction<StudioTables>,
  { tenantId, act, outcome = "done", target = {}, ...who }: Act,
) {
  const chain = tenantId ?? PLATFORM;
  const { rows } = await sql<Head>`
    insert into studio.audit_chains as chains (chain, seq, hash) values (${chain}, 1, ${EMPTY_TRAIL.hash})
    on conflict (chain) do update set seq = chains.seq + 1
    returning seq, hash, clock_timestamp() as at`.execute(tx);
  const [head] = rows;
  if (!head) throw new Error(`the audit trail ${chain} has no head`);
  const { actor, address, userAgent } = { ...acting(), ...who };
  const seq = Number(head.seq);
  const row = { chain, seq, at: head.at, act, outcome, actor, address, userAgent, target, previous: head.hash };
  const { line, hash } = sealRow(row);
  await tx.insertInto("studio.audit_rows").values({ chain, seq, at: head.at, line }).execute();
  await tx.updateTable("studio.audit_chains").set({ hash }).where("chain", "=", chain).execute();
}
