import { type Kysely, sql } from "kysely";
import type { JsonTexts, WorkspaceImage } from "../sandbox/messages";
import type { KernelTables } from "./tables";

export interface DurableImage extends WorkspaceImage {
  readonly heapSeq: number;
  /** There is a heap, but it was written by another build of the sandbox: only what is outside of it could be loaded. */
  readonly incompatible: boolean;
}

/** Reads what executions made durable. */
export class ImageStore {
  constructor(
    private readonly db: Kysely<KernelTables>,
    private readonly buildId: string,
  ) {}

  /** Undefined when the workspace has another owner than the one of `epoch`. */
  async load(id: string, epoch: number): Promise<DurableImage | undefined> {
    const row = await this.db
      .selectFrom("kernel.workspaces as w")
      .leftJoin("kernel.workspace_data as d", "d.workspace_id", "w.id")
      .select([
        sql<number>`w.heap_seq::float8`.as("heapSeq"),
        "w.heap_build as build",
        sql<number>`w.heap_memory_bytes::float8`.as("memoryBytes"),
        sql<number>`w.stream_seq::float8`.as("streamSeq"),
        "d.state",
        "d.panels",
      ])
      .where("w.id", "=", id)
      .where("w.epoch", "=", epoch)
      .executeTakeFirst();
    if (!row) return undefined;
    const { heapSeq, build, memoryBytes, streamSeq, state, panels } = row;
    const readable = build === this.buildId;
    const rows = readable
      ? await this.db
          .selectFrom("kernel.heap_segments")
          .select("data")
          .where("workspace_id", "=", id)
          .orderBy("seq")
          .execute()
      : [];
    return {
      segments: rows.map(({ data }) => new Uint8Array(data)),
      memoryBytes: readable ? memoryBytes : 0,
      data: { state: texts(state), panels: texts(panels), streamSeq },
      heapSeq,
      incompatible: build !== null && !readable,
    };
  }
}

function texts(json: string | null): JsonTexts {
  return json === null ? {} : (JSON.parse(json) as JsonTexts);
}
