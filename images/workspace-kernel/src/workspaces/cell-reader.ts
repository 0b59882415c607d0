import { randomUUID } from "node:crypto";
import { type Principal, ServiceError, Turns } from "@nexus/service";
import { type CellFacts, isFileName, NO_FACTS } from "../document/facts";
import { graphOf, type Graph } from "../document/graph";
import type { SandboxPool } from "../sandbox/pool";
import type { CellRow } from "../store/document-rows";
import type { DocumentRow } from "../store/document-store";
import type { Stores } from "../store/stores";
import type { OnRan } from "./execution-meter";
import type { TenantQuotas } from "./tenant-quotas";

export interface CellReaderOptions {
  readonly pool: Pick<SandboxPool, "run">;
  readonly documents: Pick<Stores["documents"], "read" | "keepFacts">;
  readonly quotas: Pick<TenantQuotas, "inDocumentTurn" | "meteredReading">;
  /** How long code is read for one request. */
  readonly timeoutMs: number;
}

type Tenant = Pick<Principal, "tenantId" | "plan">;

/** Code that is kept in memory, and that a worker reads, at a time. */
const PORTION_BYTES = 256 * 1024;
const PORTION_CELLS = 100;

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
  /** Why some cells are not read yet; those have no edges. Undefined if all are. */
  readonly missing: ServiceError | undefined;
}

/** Cells that are to be read. */
interface Portion {
  readonly cells: readonly Pick<CellRow, "id" | "version" | "code">[];
  /** Length of what they may name. */
  readonly room: number;
}

/** What one request has read so far. */
interface Progress {
  ranMs: number;
  /** A worker failed at one of several cells, so that the next ones are read one by one. */
  failed: boolean;
}

/** What was made of a document that is read, or what is to be read before. */
type Look<T> = { readonly value: T } | { readonly portion: Portion };

/**
 * Reads cells in a worker, and not here: how long reading takes is up to whoever wrote the code. Each version is read once.
 * A request reads for as long as code may run; the next one goes on from there.
 */
export class CellReader {
  /** A tenant reads for one request at a time, so that the next one finds what this one has read. */
  private readonly turns = new Turns(1);

  constructor(private readonly options: CellReaderOptions) {}

  /**
   * @param use makes something of the document, in the turn in which it is read from the database. Workers read in no
   * turn, because other tenants wait for it.
   */
  async read<T>(tenant: Tenant, workspaceId: string, use: (read: ReadDocument) => Promise<T>): Promise<T> {
    const { tenantId } = tenant;
    const { quotas, documents } = this.options;
    const look = () =>
      quotas.inDocumentTurn(tenantId, async (): Promise<Look<T>> => {
        const document = await documents.read(workspaceId);
        const portion = portionOf(document);
        return portion ? { portion } : { value: await use(toRead(document)) };
      });
    const answer = (missing: ServiceError) =>
      quotas.inDocumentTurn(tenantId, async () => use(toRead(await documents.read(workspaceId), missing)));
    const known = await look().then(withoutPortion);
    if (known) return known.value;
    return await this.turns.run(tenantId, async () => {
      try {
        return await quotas.meteredReading(tenant)(async (onRan) => {
          const progress = { ranMs: 0, failed: false };
          for (;;) {
            const found = await look();
            if ("value" in found) return found.value;
            const hasTime = await this.readPortion(tenantId, workspaceId, found.portion, progress, onRan);
            if (!hasTime) return await answer(this.timeIsUp);
          }
        });
      } catch (error) {
        // Whoever has no running time left today still sees the document, and what is known of it.
        if (!(error instanceof ServiceError && error.code === "rate_limited")) throw error;
        return await answer(error);
      }
    });
  }

  /** Reads cells and keeps what they say. @returns whether there is time for more */
  private async readPortion(
    tenantId: string,
    workspaceId: string,
    portion: Portion,
    progress: Progress,
    onRan: OnRan,
  ): Promise<boolean> {
    const { documents, timeoutMs } = this.options;
    const fit = fitting(portion.room);
    for (let rest = portion.cells; rest.length > 0;) {
      const leftMs = timeoutMs - progress.ranMs;
      // Less is too short for any code.
      if (leftMs < 1) return false;
      // The first cell has the time for itself: when that is not enough, the cell is the reason.
      const hasAll = progress.ranMs === 0;
      const batch = hasAll || progress.failed ? rest.slice(0, 1) : rest;
      const { facts, failure, ranMs } = await this.ask(tenantId, batch, leftMs);
      progress.ranMs += ranMs;
      onRan(progress.ranMs, 0);
      const isAlone = batch.length === 1;
      if (failure !== undefined && !isAlone) {
        progress.failed = true;
        continue;
      }
      const tooLong = `Reading the code took longer than ${timeoutMs} ms; make it simpler, or divide it into several cells`;
      const error = failure ? `${failure}; write this cell again` : hasAll && facts.length === 0 ? tooLong : undefined;
      const found = error === undefined ? facts : [{ ...NO_FACTS, error }];
      const known = found.flatMap((each, index) => {
        const cell = batch[index];
        return cell ? [{ id: cell.id, version: cell.version, facts: fit(each) }] : [];
      });
      if (known.length > 0) await documents.keepFacts(workspaceId, known);
      if (facts.length < batch.length && failure === undefined) return false;
      rest = rest.slice(batch.length);
    }
    return true;
  }

  /** What the first cells say, until the time ends; or how the worker failed. */
  private async ask(tenantId: string, cells: Portion["cells"], timeoutMs: number) {
    const load = () => Promise.reject(new Error("Reading takes no instance"));
    const task = { kind: "read", codes: cells.map(({ code }) => code), timeoutMs } as const;
    const end = await this.options.pool.run(randomUUID(), task, { tenantId, load, onCall: async () => ({}) });
    if (end.type === "lost") throw new ServiceError("workspace_busy", { retryAfterSeconds: 1 });
    const { error, result } = end.outcome;
    const facts = error ? [] : (result as unknown as CellFacts[]);
    return { facts, failure: error?.message, ranMs: end.ranMs };
  }

  private get timeIsUp(): ServiceError {
    const detail = `Reading all code of the document takes longer than ${this.options.timeoutMs} ms; ask again for the rest`;
    return new ServiceError("workspace_busy", { detail, retryAfterSeconds: 1 });
  }
}

/** A request that waits keeps no code in memory. */
const withoutPortion = <T>(look: Look<T>) => ("value" in look ? look : undefined);

/** The code cells of a document, in its order. */
function codeOf({ cells, order }: DocumentRow): CellRow[] {
  const known = new Map(cells.map((cell) => [cell.id, cell]));
  return order.flatMap((id) => {
    const cell = known.get(id);
    return cell?.kind === "code" ? [cell] : [];
  });
}

/** The next cells that nobody has read; undefined if there are none. */
function portionOf(document: DocumentRow): Portion | undefined {
  const code = codeOf(document);
  const unread = code.filter(({ facts }) => !facts);
  if (unread.length === 0) return undefined;
  let bytes = 0;
  const isIn = (cell: CellRow, index: number) => {
    bytes += Buffer.byteLength(cell.code);
    return index === 0 || (index < PORTION_CELLS && bytes <= PORTION_BYTES);
  };
  const cells = unread.filter(isIn).map(({ id, version, code }) => ({ id, version, code }));
  const known = code.flatMap(({ facts }) => facts ?? []);
  return { cells, room: MAX_FACTS_LENGTH - JSON.stringify(known).length };
}

/** Replaces facts for which there is no room any more. */
function fitting(room: number): (facts: CellFacts) => CellFacts {
  let left = room;
  return (facts) => {
    const { length } = JSON.stringify(facts);
    if (length > left) return NO_ROOM;
    left -= length;
    return facts;
  };
}

function toRead(document: DocumentRow, missing?: ServiceError): ReadDocument {
  const code = codeOf(document);
  const unread: CellFacts = missing ? { ...NO_FACTS, error: `Not read yet: ${missing.message}` } : NO_FACTS;
  const facts = new Map(code.map((cell) => [cell.id, cell.facts ?? unread]));
  const graph = graphOf(
    code.map(({ id, title, changed, version, run }) => ({
      id,
      file: isFileName(title) ? { name: title, changedAt: changed } : undefined,
      version,
      facts: facts.get(id) ?? unread,
      run: run ? { seq: run.seq, cellVersion: run.cellVersion, failed: run.failed || run.interrupted } : undefined,
    })),
  );
  return { document, facts, graph, missing: code.some((cell) => !cell.facts) ? missing : undefined };
}
