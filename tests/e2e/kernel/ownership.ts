import { kubectl } from "../platform";
import { NAMESPACE, psql, query } from "./deployment";

/** A new owner of a workspace, as the database saw it. */
export interface Claim {
  readonly id: string;
  readonly epoch: number;
  readonly pod: string;
  /** Milliseconds since 1970, by the database's clock, which is this machine's. */
  readonly at: number;
}

/** From now on the database records every owner, epoch and write of every workspace. */
export async function watchOwnership(): Promise<void> {
  await psql(`
    create schema if not exists proof;
    create table if not exists proof.history (
      id uuid, epoch int, owner_pod text, heap_seq bigint, at timestamptz default clock_timestamp());
    create or replace function proof.note() returns trigger language plpgsql as $$ begin
      insert into proof.history values (new.id, new.epoch, new.owner_pod, new.heap_seq); return null; end $$;
    create or replace trigger proof_note after insert or update of epoch, owner_pod, heap_seq on kernel.workspaces
      for each row execute function proof.note();`);
}

/** Epochs of the workspaces that a pod holds. */
export async function heldBy(pod: string): Promise<Map<string, number>> {
  const rows = await query<{ id: string; epoch: number }>(
    `select id, epoch from kernel.workspaces where owner_pod = '${pod}' and lease_expires_at > now()`,
  );
  return new Map(rows.map(({ id, epoch }) => [id, epoch]));
}

export async function claimsSince(time: number): Promise<Claim[]> {
  return query<Claim>(
    `select id, epoch, owner_pod as pod, extract(epoch from min(at)) * 1000 as at from proof.history
     where owner_pod is not null group by id, epoch, owner_pod
     having min(at) >= to_timestamp(${time / 1000}) order by at`,
  );
}

/** Epochs that had more than one owner. */
export async function sharedEpochs(): Promise<unknown[]> {
  return query(`select id, epoch from proof.history where owner_pod is not null
                group by id, epoch having count(distinct owner_pod) > 1`);
}

/** Writes that became durable although a later owner had written before, and writes without an owner. */
export async function staleWrites(): Promise<unknown[]> {
  return query(`select * from (
      select id, epoch, owner_pod, heap_seq,
        lag(epoch) over w as earlier_epoch, lag(heap_seq) over w as earlier_seq
      from proof.history window w as (partition by id order by at)) t
    where epoch < earlier_epoch or heap_seq < earlier_seq or (heap_seq > earlier_seq and owner_pod is null)`);
}

/** Lines of a pod's log about its takeovers. A later call returns the earlier lines too. */
export async function takeoversInLog(pod: string, ...options: string[]): Promise<string[]> {
  const text = await kubectl(NAMESPACE, "logs", pod, "--tail=-1", ...options).catch(() => "");
  return text.split("\n").filter((line) => line.includes('"workspace taken over"'));
}

/** Workspace and epoch of each takeover in the logs, as `workspace epoch`. */
export function claimedEpochs(lines: readonly string[]): string[] {
  return [...new Set(lines)]
    .map((line) => JSON.parse(line) as { workspaceId: string; epoch: number })
    .map(({ workspaceId, epoch }) => `${workspaceId} ${epoch}`);
}
