import { z } from "zod";
import { cellKinds, cellTitle, MAX_CELL_BYTES } from "./document/cell";
import type { CellFacts } from "./document/facts";
import { fileFormats } from "./document/formats";
import { staleReasons } from "./document/graph";
import { changeHeaders, executeResult, workspaceId } from "./schemas";
import type { CellRow, RunRow } from "./store/document-rows";
import type { DocumentRow } from "./store/document-store";
import type { ReadDocument } from "./workspaces/cell-reader";

const cellId = z.uuid("give the id of a cell").toLowerCase();
/** PostgreSQL keeps every other character. */
const text = (what: string) =>
  z.string().refine((value) => !value.includes("\0"), `the ${what} must not hold the character U+0000`);

const code = text("code").refine(
  (value) => Buffer.byteLength(value) <= MAX_CELL_BYTES,
  `the code may have at most ${MAX_CELL_BYTES / 1024} KiB`,
);
const kind = z.enum(cellKinds).describe("code: JavaScript that runs; markdown: a text");
const after = cellId
  .nullable()
  .optional()
  .describe("The cell before it; null for the begin, nothing for the end. A cell that is gone counts as the last");

const ifMatch = z
  .string()
  .regex(/^(\*|"?\d{1,9}"?)$/, 'give the ETag of the answer before, such as "3", or *')
  .optional()
  .describe("ETag of what the change is of; if that has another version by now, nothing is changed");
/** For changes of what has a version. */
export const versionHeaders = changeHeaders.extend({ "if-match": ifMatch });

export const cellParams = z.object({ workspaceId, cellId });
const auto = z
  .boolean()
  .describe("Whether the cell runs by itself when its inputs change; only code does. Switching it is no new version");
/** What is left out stays as it is, also where a client of an earlier release does not know it. */
export const cellBody = z.object({
  title: cellTitle.optional(),
  kind: kind.optional(),
  code: code.optional(),
  auto: auto.optional(),
});
export const newCellBody = z.object({
  title: cellTitle.default(""),
  kind: kind.default("code"),
  code,
  auto: auto.default(false),
  id: cellId.optional().describe("A new UUID, for clients that must know it before the answer"),
  after,
});
export const runBody = newCellBody
  .pick({ code: true, after: true })
  .nullish()
  .describe("The cell is added before it runs, unless it is there; without a body it must be there");
export const moveBody = z.object({ after });
export const fileBody = z.object({
  file: text("file").describe("A file as GET .../document/file gives it, in either format"),
});
export const formatQuery = z.object({
  format: z
    .enum(fileFormats)
    .default("js")
    .describe("js: JavaScript in the percent format; ipynb: a notebook of Jupyter"),
});
export const sinceQuery = z.object({
  since: z.coerce
    .number("give a version of the document")
    .int("give a version of the document")
    .min(0, "give a version of the document")
    .optional()
    .describe("A version of the document: cells that did not change after it are left out"),
});

const at = z.iso.datetime();
const userId = z.string().describe("Id of the user");
export const run = z.object({
  id: z.uuid(),
  state: z
    .enum(["running", "ended", "interrupted"])
    .describe("interrupted: it never ended, because the pod was lost; the workspace is as it was before it"),
  failed: z.boolean(),
  cellVersion: z.int().describe("Version of the cell that ran"),
  by: userId,
  startedAt: at,
  endedAt: at.nullable(),
  execution: executeResult
    .nullable()
    .describe("The answer of the run, shortened where it is large; null until it ends, and of old runs"),
});
export const runList = z.object({ items: z.array(run) });

export const cell = z.object({
  id: z.uuid(),
  title: z.string(),
  kind: z.enum(cellKinds),
  code: z.string(),
  auto,
  version: z.int().describe("Incremented when somebody writes the cell; as ETag in double quotes"),
  updatedAt: at,
  updatedBy: userId,
  run: run.nullable().describe("The newest run"),
});

const version = z.int().min(0).describe("Incremented with every change of the document, also of a run");
export const document = z.object({
  version,
  order: z.array(z.uuid()).describe("Ids of all cells"),
  cells: z.array(cell).describe("The cells that were asked for, in the order of the document"),
});
export const order = document.pick({ version: true, order: true });
export const file = z.object({ version, file: z.string() });

const names = z.array(z.string());
export const graph = z.object({
  version,
  cells: z.array(
    z.object({
      id: z.uuid(),
      declares: names.describe("Names that it declares at the top level"),
      uses: names.describe("Names that it reads and does not declare"),
      assigns: names.describe("Names that it changes and does not declare"),
      imports: z
        .array(z.object({ file: z.string(), names }))
        .describe("Files that it imports: cells whose title is a file name"),
      panels: names.describe("Panels that it sets"),
      events: names.describe("Events that it emits"),
      error: z.string().optional().describe("Why the code cannot be read"),
      stale: z
        .enum(staleReasons)
        .nullable()
        .describe("Why the cell is to run again: it never ran, its code changed, it failed, or an input changed"),
    }),
  ),
  edges: z.array(z.object({ from: z.uuid(), to: z.uuid(), names })).describe("`to` needs `names` of `from`"),
  order: z.array(z.uuid()).describe("Each cell after those that it needs"),
  cycles: z.array(z.array(z.uuid())).describe("Cells that need each other"),
  doubles: z
    .array(z.object({ name: z.string(), cells: z.array(z.uuid()) }))
    .describe("Names that several cells declare"),
});

export const staleRuns = z.object({
  ran: z.array(z.object({ cellId: z.uuid(), durationMs: z.number(), error: executeResult.shape.error })),
  left: z.array(z.uuid()).describe("Cells that are still to run: ask again, or correct the cell that failed"),
});
export const interrupted = z.object({ interrupted: z.boolean().describe("Whether something ran") });

export function toRun(row: RunRow): z.output<typeof run> {
  return {
    id: row.id,
    state: row.endedAt ? "ended" : row.interrupted ? "interrupted" : "running",
    failed: row.failed,
    cellVersion: row.cellVersion,
    by: row.by,
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    execution: row.answer,
  };
}

export function toCell({ run, updatedAt, ...row }: CellRow): z.output<typeof cell> {
  const { id, title, kind, code, auto, version, updatedBy } = row;
  const newest = run && toRun(run);
  return { id, title, kind, code, auto, version, updatedAt: updatedAt.toISOString(), updatedBy, run: newest };
}

export function toDocument({ version, order, cells }: DocumentRow): z.output<typeof document> {
  const known = new Map(cells.map((row) => [row.id, row]));
  const sorted = order.flatMap((id) => known.get(id) ?? []);
  return { version, order: [...order], cells: sorted.map(toCell) };
}

export function toGraph({ document, facts, graph: found }: ReadDocument): z.output<typeof graph> {
  const cells = document.order.flatMap((id) => {
    const known = facts.get(id);
    return known ? [{ id, ...mutable(known), stale: found.stale.get(id) ?? null }] : [];
  });
  return {
    version: document.version,
    cells,
    edges: found.edges.map((edge) => ({ ...edge, names: [...edge.names] })),
    order: [...found.order],
    cycles: found.cycles.map((cycle) => [...cycle]),
    doubles: found.doubles.map(({ name, cells }) => ({ name, cells: [...cells] })),
  };
}
const mutable = ({ declares, uses, assigns, imports = [], panels, events, error }: CellFacts) => ({
  declares: [...declares],
  uses: [...uses],
  assigns: [...assigns],
  imports: imports.map(({ file, names }) => ({ file, names: [...names] })),
  panels: [...panels],
  events: [...events],
  ...(error !== undefined && { error }),
});
