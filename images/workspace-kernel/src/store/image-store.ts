import { type Kysely, sql } from "kysely";
import type { JsonTexts, SandboxBuild, WorkspaceImage } from "../sandbox/messages";
import type { KernelTables } from "./tables";

export interface DurableImage extends WorkspaceImage {
  readonly heapSeq: number;
  /** There is a heap, but another build of the sandbox wrote it, so only the data outside of the heap can be loaded. */
  readonly incompatible: boolean;
}

/** Reads the durable changes of executions. */
export class ImageStore {
  constructor(
    private readonly db: Kysely<KernelTables>,
    private readonly build: SandboxBuild,
  ) {}

  /** Undefined if the workspace has another owner than the one of `epoch`. */
  async load(id: string, epoch: number): Promise<DurableImage | undefined> {
    // Both in one statement: a pod that takes the workspace over meanwhile raises the epoch, and our commits are then
    // refused.
    const [row, segments] = await Promise.all([this.row(id, epoch), this.segments(id)]);
    if (!row) return undefined;
    const { heapSeq, build, memoryBytes, streamSeq, state, panels } = row;
    const readable = build !== null && this.build.reads.includes(build);
    return {
      segments: readable ? segments : [],
      memoryBytes: readable ? memoryBytes : 0,
      data: { state: texts(state), panels: texts(panels), streamSeq },
      heapSeq,
      incompatible: build !== null && !readable,
    };
  }

  private async row(id: string, epoch: number) {
    return await this.db
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
  }

  private async segments(id: string): Promise<Uint8Array[]> {
    const rows = await this.db
      .selectFrom("kernel.heap_segments")
      .select("data")
      .where("workspace_id", "=", id)
      .orderBy("seq")
      .execute();
    return rows.map(({ data }) => new Uint8Array(data));
  }
}

function texts(json: string | null): JsonTexts {
  return json === null ? {} : (JSON.parse(json) as JsonTexts);
}
