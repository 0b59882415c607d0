import { randomUUID } from "node:crypto";
import { ServiceError } from "@nexus/service";
import { type CellContent, cellKinds, cellTitle, checkCells, MAX_CELL_BYTES, MAX_TITLE } from "./cell";

/** A cell of a file. Its id keeps the cell the same from one import to the next. */
export interface FileCell extends CellContent {
  readonly id: string;
}

/** Increase this when files of this version could not be read by the program of today. */
const VERSION = 2;
/** A document without cells that run by themselves is a file of the first version, which earlier releases read too. */
const versionOf = (cells: readonly FileCell[]) => (cells.some(({ auto }) => auto) ? VERSION : 1);
const headOf = (version: number) => `// nexus-document: ${version}`;
const HEAD_PATTERN = /^\/\/ nexus-document: (\d{1,9})\r?$/;
const MARK = "// %%";
export const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_MARK = 4096;

/**
 * A document as JavaScript in the "percent format" that other notebooks read: a line of `// %%` before each cell, and
 * Markdown in comments. The same document is the same text, so that a difference of files is one of cells.
 */
export function writeFile(cells: readonly FileCell[]): string {
  return [headOf(versionOf(cells)), ...cells.map(writeCell)].join("\n\n") + "\n";
}

/** Reads such a file; throws an error that says what is wrong where. */
export function readFile(text: string): FileCell[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const version = HEAD_PATTERN.exec(lines[0] ?? "")?.[1];
  if (version === undefined) throw refused(`line 1 must be \`${headOf(1)}\`; this is not a document of Nexus`);
  if (Number(version) > VERSION)
    throw refused(
      `it has version ${version}, and this platform reads versions up to ${VERSION}; update the platform first`,
    );
  if (version === "0") throw refused("there is no version 0");
  const starts = lines.flatMap((line, index) => (isMark(line) ? [index] : []));
  checkCells(starts.length);
  const between = lines.slice(1, starts[0] ?? lines.length);
  if (between.some((line) => line.trim() !== ""))
    throw refused(`line 2 or a later one has text before the first cell; begin each cell with a line \`${MARK}\``);
  const cells = starts.map((start, index) => {
    return readCell(lines.slice(start, starts[index + 1] ?? lines.length), start + 1);
  });
  const seen = new Map<string, number>();
  cells.forEach(({ id }, index) => {
    const line = (starts[index] ?? 0) + 1;
    if (seen.has(id)) throw refused(`line ${line} has the id of the cell in line ${seen.get(id)}; give it another one`);
    seen.set(id, line);
  });
  return cells;
}

function writeCell({ id, title, kind, code, auto }: FileCell): string {
  const mark = `${MARK}${kind === "code" ? "" : ` [${kind}]`} id=${JSON.stringify(id)}${
    title === "" ? "" : ` title=${JSON.stringify(title)}`
  }${auto ? " auto=true" : ""}`;
  const lines =
    kind === "markdown" ? code.split("\n").map((line) => (line === "" ? "//" : `// ${line}`)) : code.split("\n");
  return [mark, ...lines.map(escaped)].join("\n");
}

const isMark = (line: string) => line.startsWith(MARK);
/** A line of code that looks like the begin of a cell gets a backslash, and one that has it already gets another one. */
const escaped = (line: string) => line.replace(/^\/\/(\\*) %%/, "//\\$1 %%");
const unescaped = (line: string) => line.replace(/^\/\/\\(\\*) %%/, "//$1 %%");

const MARK_PATTERN = /^\/\/ %%(?: \[(\w+)\])?(?: id=("[^"]*"))?(?: title=("(?:[^"\\]|\\.)*"))?( auto=true)?\s*$/;

function readCell([mark = "", ...body]: readonly string[], line: number): FileCell {
  const found = mark.length <= MAX_MARK ? MARK_PATTERN.exec(mark) : null;
  if (!found)
    throw refused(
      `line ${line} must look like \`${MARK} [markdown] id="..." title="..." auto=true\`, each part but the first optional`,
    );
  const [, kindText = "code", idText, titleText = '""', autoText] = found;
  const kind = cellKinds.find((known) => known === kindText);
  if (!kind) throw refused(`line ${line} has a cell of the kind ${kindText}; known are ${cellKinds.join(" and ")}`);
  const id = idText?.slice(1, -1) ?? randomUUID();
  if (!ID.test(id))
    throw refused(`the id in line ${line} must be a UUID in lower case; without one, the cell gets a new id`);
  const { data: title } = cellTitle.safeParse(valueOf(titleText));
  if (title === undefined)
    throw refused(`the title in line ${line} must be a JSON string, one line of at most ${MAX_TITLE} characters`);
  // Before another cell stands an empty line, and the last line ends with the file.
  const lines = (/^\r?$/.test(body.at(-1) ?? "x") ? body.slice(0, -1) : body).map(unescaped);
  const code = (kind === "markdown" ? lines.map((each) => each.replace(/^\/\/ ?/, "")) : lines).join("\n");
  if (Buffer.byteLength(code) > MAX_CELL_BYTES)
    throw refused(`the cell in line ${line} has more than ${MAX_CELL_BYTES / 1024} KiB`);
  return { id, title, kind, code, auto: autoText !== undefined };
}

function valueOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export const refused = (detail: string) =>
  new ServiceError("document_unreadable", { detail: `The file cannot be read: ${detail}` });
