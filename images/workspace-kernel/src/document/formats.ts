import { type FileCell, readFile, writeFile } from "./file";
import { readNotebook, writeNotebook } from "./notebook";

export const fileFormats = ["js", "ipynb"] as const;
export type FileFormat = (typeof fileFormats)[number];

/** A document as a file. */
export function writeDocumentFile(cells: readonly FileCell[], format: FileFormat): string {
  return format === "ipynb" ? writeNotebook(cells) : writeFile(cells);
}

/** Reads a file of either format; throws an error that says what is wrong where. */
export function readDocumentFile(text: string): FileCell[] {
  return /^\uFEFF?\s*\{/.test(text) ? readNotebook(text.replace(/^\uFEFF/, "")) : readFile(text);
}
