import { type Kysely, sql } from "kysely";
import type { SandboxBuild, WorkspaceChange } from "../sandbox/messages";
import type { IdempotencyKey, StoredAnswer } from "./idempotency-store";
import { entryBytes, KEPT_ENTRIES, prunesAfter, streamBytes } from "./limits";
import type { KernelTables } from "./tables";

/** The changes of one execution. */
export interface WorkspaceWrite {
  readonly id: string;
  /** The writer's epoch; with a later owner the write fails. */
  readonly epoch: number;
  /** Number of the newest segment that the writer knows. */
  readonly baseSeq: number;
  readonly change: WorkspaceChange | undefined;
  readonly answer?: { readonly key: IdempotencyKey; readonly answer: StoredAnswer };
}

/** About what a write takes in memory, on the wire and on the disk. */
export function bytesOf({ change, answer }: WorkspaceWrite): number {
  const texts = [change?.state, change?.panels].flatMap((each) => Object.values(each ?? {}));
  return (
    (change?.segment.length ?? 0) +
    streamBytes(change?.entries ?? []) +
    texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) +
    (answer ? JSON.stringify(answer.answer.body ?? null).length : 0)
  );
}

/** Connections that keep a prepared statement by its name. */
export interface PreparedQueries {
  readonly query: <Row extends object>(statement: {
    readonly name: string;
    readonly text: string;
    readonly values: unknown[];
  }) => Promise<{ readonly rows: Row[] }>;
}

/** Writes of many workspaces in one statement, and so in one transaction that waits for the disk once. */
export class CommitStore {
  constructor(
    private readonly connections: PreparedQueries,
    private readonly db: Kysely<KernelTables>,
    private readonly pod: string,
    private readonly build: SandboxBuild,
    private readonly streamBytes: number,
  ) {}

  /** Returns the workspaces that were written; the others have another owner by now. */
  async write(writes: readonly WorkspaceWrite[]): Promise<Set<string>> {
    const segments = writes.map(({ change }) => change?.segment ?? new Uint8Array());
    const said = writes.map(({ change }) => streamBytes(change?.entries ?? []));
    const entries = writes.flatMap(({ id, change }, index) => {
      let after = said[index] ?? 0;
      return (change?.entries ?? []).map((entry) => ({ id, ...entry, after: (after -= entryBytes(entry)) }));
    });
    const column = <T>(read: (write: WorkspaceWrite) => T): T[] => writes.map(read);
    const key = column(({ answer }) => answer?.key.key ?? null);
    let offset = 1;
    const offsets = segments.map((segment) => {
      const at = offset;
      offset += segment.length;
      return at;
    });
    const { sql: text, parameters } = sql`
      with input as (
        select i.*, substring(${Buffer.concat(segments)}::bytea from i.start for i.bytes) as data
        from unnest(
          ${column(({ id }) => id)}::uuid[],
          ${column(({ epoch }) => epoch)}::int[],
          ${column(({ baseSeq }) => baseSeq)}::bigint[],
          ${column(({ change }) => change !== undefined)}::boolean[],
          ${column(({ change }) => change?.full ?? false)}::boolean[],
          ${offsets}::int[],
          ${segments.map(({ length }) => length)}::int[],
          ${column(({ change }) => change?.memoryBytes ?? 0)}::bigint[],
          ${column(({ change }) => (change?.state ? JSON.stringify(change.state) : null))}::text[],
          ${column(({ change }) => (change?.panels ? JSON.stringify(change.panels) : null))}::text[],
          ${column(({ change }) => change?.entries.at(-1)?.seq ?? 0)}::bigint[],
          ${said}::bigint[],
          ${column(({ change }) => prunesAfter(change?.entries ?? []))}::boolean[],
          ${key}::text[],
          ${column(({ answer }) => answer?.key.requestHash ?? null)}::text[],
          ${column(({ answer }) => answer?.answer.status ?? null)}::int[],
          ${column(({ answer }) => (answer ? JSON.stringify(answer.answer.body ?? null) : null))}::text[]
        ) as i (id, epoch, base_seq, has_heap, is_full, start, bytes, memory_bytes, state, panels, stream_seq, said, prunes,
                key, request_hash, status, body)
      ), owned as (
        update kernel.workspaces w
        set heap_seq = i.base_seq + i.has_heap::int,
            heap_build = case when i.has_heap then ${this.build.id} else w.heap_build end,
            heap_memory_bytes = case when i.has_heap then i.memory_bytes else w.heap_memory_bytes end,
            stream_seq = greatest(w.stream_seq, i.stream_seq),
            stream_bytes = w.stream_bytes + i.said,
            last_active_at = now()
        from input i
        where w.id = i.id and w.epoch = i.epoch and w.owner_pod = ${this.pod} and w.heap_seq = i.base_seq
        returning w.id, w.stream_bytes
      ), pruned as (
        delete from kernel.heap_segments s using input i, owned o
        where o.id = i.id and s.workspace_id = i.id and i.is_full
      ), added as (
        insert into kernel.heap_segments (workspace_id, seq, data)
        select i.id, i.base_seq + 1, i.data from input i join owned o on o.id = i.id where i.has_heap
      ), kept as (
        insert into kernel.workspace_data as d (workspace_id, state, panels)
        select i.id, coalesce(i.state, e.state, '{}'), coalesce(i.panels, e.panels, '{}')
        from input i join owned o on o.id = i.id left join kernel.workspace_data e on e.workspace_id = i.id
        where i.state is not null or i.panels is not null
        on conflict (workspace_id) do update set state = excluded.state, panels = excluded.panels
      ), said as (
        insert into kernel.stream_entries (workspace_id, seq, kind, name, payload, ends_at)
        select e.id, e.seq, e.kind, e.name, e.payload, o.stream_bytes - e.after
        from unnest(
          ${entries.map(({ id }) => id)}::uuid[], ${entries.map(({ seq }) => seq)}::bigint[],
          ${entries.map(({ kind }) => kind)}::text[], ${entries.map(({ name }) => name)}::text[],
          ${entries.map(({ payload }) => payload)}::text[], ${entries.map(({ after }) => after)}::bigint[]
        ) as e (id, seq, kind, name, payload, after) join owned o on o.id = e.id
      ), forgotten as (
        delete from kernel.stream_entries s using input i, owned o
        where o.id = i.id and s.workspace_id = i.id and i.prunes
          and (s.seq <= i.stream_seq - ${KEPT_ENTRIES} or s.ends_at <= o.stream_bytes - ${this.streamBytes})
      ), answered as (
        insert into kernel.idempotency_keys (scope, key, request_hash, status, body)
        select i.id, i.key, i.request_hash, i.status, i.body
        from input i join owned o on o.id = i.id where i.key is not null
        -- What the database refuses it writes into its log, with the key. Whoever was first keeps the answer.
        on conflict (scope, key) do nothing
      )
      select id from owned`.compile(this.db);
    // A named statement, because planning it takes the database several times as long as executing it.
    const statement = { name: "kernel_commit", text, values: [...parameters] };
    const { rows } = await this.connections.query<{ id: string }>(statement);
    return new Set(rows.map(({ id }) => id));
  }
}
