import { randomUUID } from "node:crypto";
import { z } from "zod";
import { MAX_CELL_BYTES, MAX_TITLE } from "./cell";
import { type FileCell, ID, refused } from "./file";

/** What of a notebook of Jupyter (nbformat 4) is read; everything else in it is left out. */
const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(""))]);
const language = z.object({ name: z.string().optional(), language: z.string().optional() }).optional();
const notebook = z.object({
  nbformat: z.int(),
  metadata: z.object({ kernelspec: language, language_info: language }).default({}),
  cells: z.array(
    z.object({
      cell_type: z.enum(["code", "markdown", "raw"]),
      id: z.string().optional(),
      metadata: z.object({ title: z.unknown().optional() }).default({}),
      source: text,
    }),
  ),
});

/** Names of languages whose code may run here, as kernels for Jupyter call them. */
const LANGUAGES = /^(?:java|type)script$|^[jt]s$|^node(?:js)?$/i;

/** A document as a notebook of Jupyter, without results: those of another run are no part of a document. */
export function writeNotebook(cells: readonly FileCell[]): string {
  const made = cells.map(({ id, title, kind, code }) => ({
    cell_type: kind,
    id,
    metadata: title === "" ? {} : { title },
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
  const { success, data, error } = notebook.safeParse(parsed(file));
  if (!success) {
    const [issue] = error.issues;
    throw refused(
      `it is no notebook of Jupyter: ${issue?.path.join(".") || "the whole"}: ${issue?.message ?? "invalid"}`,
    );
  }
  if (data.nbformat !== 4)
    throw refused(
      `it is a notebook of nbformat ${data.nbformat}, and this platform reads nbformat 4; save it with a newer Jupyter`,
    );
  const { kernelspec, language_info: info } = data.metadata;
  const name = info?.name ?? kernelspec?.language ?? kernelspec?.name;
  if (name !== undefined && !LANGUAGES.test(name))
    throw refused(`its code is ${name}, and a workspace runs JavaScript and TypeScript`);
  const seen = new Set<string>();
  return data.cells.map(({ cell_type: type, id = "", metadata: { title }, source: code }, index) => {
    if (Buffer.byteLength(code) > MAX_CELL_BYTES)
      throw refused(`cell ${index + 1} has more than ${MAX_CELL_BYTES / 1024} KiB`);
    if (code.includes("\0")) throw refused(`cell ${index + 1} has the character U+0000`);
    const own = ID.test(id) && !seen.has(id) ? id : randomUUID();
    seen.add(own);
    const isTitle = typeof title === "string" && title.length <= MAX_TITLE && !title.includes("\0");
    return { id: own, title: isTitle ? title : "", kind: type === "code" ? "code" : "markdown", code };
  });
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(file);
  } catch (error) {
    throw refused(`it begins like a notebook of Jupyter, and is no JSON: ${(error as Error).message}`);
  }
}
