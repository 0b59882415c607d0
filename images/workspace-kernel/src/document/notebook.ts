import { randomUUID } from "node:crypto";
import { isTooDeep, MAX_JSON_DEPTH } from "@nexus/contract";
import { z } from "zod";
import { cellTitle, checkCells, MAX_CELL_BYTES } from "./cell";
import { type FileCell, ID, refused } from "./file";

/** One problem, however many of the lines are no texts. */
const lines = z.custom<readonly string[]>(
  (value) => Array.isArray(value) && value.every((line) => typeof line === "string"),
);
const language = z.object({ name: z.string().optional(), language: z.string().optional() }).optional();
/** What of a notebook of Jupyter (nbformat 4) is read; everything else in it is left out. */
const notebook = z.object({
  nbformat: z.int(),
  metadata: z.object({ kernelspec: language, language_info: language }).default({}),
  cells: z.array(z.unknown()),
});
const notebookCell = z.object({
  cell_type: z.enum(["code", "markdown", "raw"]),
  id: z.string().optional(),
  metadata: z.object({ title: z.unknown().optional(), nexus: z.unknown().optional() }).default({}),
  source: z.union([z.string(), lines.transform((all) => all.join(""))]),
});

/** What notebooks for Jupyter know nothing of. */
const nexusMetadata = z.object({ auto: z.boolean() });

/** Names of languages whose code may run here, as kernels for Jupyter call them. */
const LANGUAGES = /^(?:java|type)script$|^[jt]s$|^node(?:js)?$/i;

/** A document as a notebook of Jupyter, without results: those of another run are no part of a document. */
export function writeNotebook(cells: readonly FileCell[]): string {
  const made = cells.map(({ id, title, kind, code, auto }) => ({
    cell_type: kind,
    id,
    metadata: { ...(title !== "" && { title }), ...(auto && { nexus: { auto } }) },
    source: code.split(/(?<=\n)/),
    ...(kind === "code" && { execution_count: null, outputs: [] }),
  }));
  const metadata = {
    kernelspec: { display_name: "JavaScript", language: "javascript", name: "javascript" },
    language_info: { name: "javascript", file_extension: ".js", mimetype: "text/javascript" },
  };
  return JSON.stringify({ cells: made, metadata, nbformat: 4, nbformat_minor: 5 }, undefined, 1) + "\n";
}

/** Reads such a file; throws an error that says what is wrong where. */
export function readNotebook(file: string): FileCell[] {
  const { nbformat, metadata, cells } = checked(notebook, parsed(file), []);
  if (nbformat !== 4)
    throw refused(
      `it is a notebook of nbformat ${nbformat}, and this platform reads nbformat 4; save it with a newer Jupyter`,
    );
  const { kernelspec, language_info: info } = metadata;
  const name = info?.name ?? kernelspec?.language ?? kernelspec?.name;
  if (name !== undefined && !LANGUAGES.test(name))
    throw refused(`its code is ${shortened(name)}, and a workspace runs JavaScript and TypeScript`);
  checkCells(cells.length);
  const seen = new Set<string>();
  return cells.map((cell, index) => {
    const { cell_type: type, id = "", metadata, source: code } = checked(notebookCell, cell, ["cells", index]);
    if (Buffer.byteLength(code) > MAX_CELL_BYTES)
      throw refused(`cell ${index + 1} has more than ${MAX_CELL_BYTES / 1024} KiB`);
    if (code.includes("\0")) throw refused(`cell ${index + 1} has the character U+0000`);
    const own = ID.test(id) && !seen.has(id) ? id : randomUUID();
    seen.add(own);
    const { data: title = "" } = cellTitle.safeParse(metadata.title);
    const auto = nexusMetadata.safeParse(metadata.nexus).data?.auto ?? false;
    return { id: own, title, kind: type === "code" ? "code" : "markdown", code, auto };
  });
}

/** @param at where in the notebook the value is */
function checked<T>(schema: z.ZodType<T>, value: unknown, at: readonly PropertyKey[]): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  const path = [...at, ...(issue?.path ?? [])].join(".") || "the whole";
  throw refused(`it is no notebook of Jupyter: ${path}: ${issue?.message ?? "invalid"}`);
}

/** Of a word that may be as long as the file. */
const shortened = (word: string) => (word.length > 50 ? `${word.slice(0, 50)}…` : word);

function parsed(file: string): unknown {
  if (isTooDeep(file)) throw refused(`it is nested more than ${MAX_JSON_DEPTH} levels deep`);
  try {
    return JSON.parse(file);
  } catch (error) {
    throw refused(`it begins like a notebook of Jupyter, and is no JSON: ${(error as Error).message}`);
  }
}
