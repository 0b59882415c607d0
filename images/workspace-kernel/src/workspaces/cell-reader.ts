import { randomUUID } from "node:crypto";
import { ServiceError } from "@nexus/service";
import { type CellFacts, isFileName, NO_FACTS } from "../document/facts";
import { graphOf, type Graph } from "../document/graph";
import type { SandboxPool } from "../sandbox/pool";
import type { CellRow } from "../store/document-rows";
import type { DocumentRow } from "../store/document-store";
import type { Stores } from "../store/stores";

/** Code that a worker reads at a time. */
const BATCH_BYTES = 256 * 1024;
const BATCH_CELLS = 100;

/** What all cells of a document name together, as JSON. The graph is made and sent on the server's thread. */
const MAX_FACTS_LENGTH = 256 * 1024;
const NO_ROOM: CellFacts = {
  ...NO_FACTS,
  error: "The document names more than the graph has room for; use fewer names, and write this cell again",
};

/** A document with what its code says. */
export interface ReadDocument {
  readonly document: DocumentRow;
  readonly facts: ReadonlyMap<string, CellFacts>;
  readonly graph: Graph;
}

/** Reads cells in a worker, and not here: how long reading takes is up to whoever wrote the code. Each is read once. */
export class CellReader {
  constructor(
    private readonly pool: SandboxPool,
    private readonly documents: Stores["documents"],
  ) {}

  async read(tenantId: string, workspaceId: string): Promise<ReadDocument> {
    const document = await this.documents.read(workspaceId);
    const cells = new Map(document.cells.map((cell) => [cell.id, cell]));
    const code = document.order.flatMap((id) => {
      const cell = cells.get(id);
      return cell?.kind === "code" ? [cell] : [];
    });
    const found = new Map(code.flatMap(({ id, facts }) => (facts ? [[id, facts] as const] : [])));
    const unread = code.filter(({ facts }) => !facts);
    let room = unread.length > 0 ? MAX_FACTS_LENGTH - JSON.stringify([...found.values()]).length : 0;
    const fitting = (facts: CellFacts = NO_FACTS) => {
      const { length } = JSON.stringify(facts);
      if (length > room) return NO_ROOM;
      room -= length;
      return facts;
    };
    for (const batch of batches(unread)) {
      const facts = await this.ask(tenantId, batch);
      const known = batch.map(({ id, version }, index) => ({ id, version, facts: fitting(facts[index]) }));
      await this.documents.keepFacts(workspaceId, known);
      for (const { id, facts } of known) found.set(id, facts);
    }
    const graph = graphOf(
      code.map(({ id, title, changed, version, run }) => ({
        id,
        file: isFileName(title) ? { name: title, changedAt: changed } : undefined,
        version,
        facts: found.get(id) ?? NO_FACTS,
        run: run ? { seq: run.seq, cellVersion: run.cellVersion, failed: run.failed || run.interrupted } : undefined,
      })),
    );
    return { document, facts: found, graph };
  }

  private async ask(tenantId: string, cells: readonly CellRow[]): Promise<readonly CellFacts[]> {
    const load = () => Promise.reject(new Error("Reading takes no instance"));
    const task = { kind: "read", codes: cells.map(({ code }) => code) } as const;
    const end = await this.pool.run(randomUUID(), task, { tenantId, load, onCall: async () => ({}) });
    if (end.type === "lost" || end.outcome.error) throw new ServiceError("workspace_busy", { retryAfterSeconds: 1 });
    return end.outcome.result as unknown as CellFacts[];
  }
}

function batches(cells: readonly CellRow[]): CellRow[][] {
  const all: CellRow[][] = [];
  let bytes = Infinity;
  for (const cell of cells) {
    const size = Buffer.byteLength(cell.code);
    const last = all.at(-1);
    if (last && last.length < BATCH_CELLS && bytes + size <= BATCH_BYTES) {
      last.push(cell);
      bytes += size;
    } else {
      all.push([cell]);
      bytes = size;
    }
  }
  return all;
}
