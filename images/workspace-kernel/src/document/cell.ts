import { limitReached, ServiceError, titleText } from "@nexus/service";

export const cellKinds = ["code", "markdown"] as const;
export type CellKind = (typeof cellKinds)[number];

/** What people write into a cell. */
export interface CellContent {
  readonly title: string;
  readonly kind: CellKind;
  readonly code: string;
  /** Whether it runs by itself when its inputs change. A change of it does not increment the version of the cell. */
  readonly auto: boolean;
}

/** A change of a cell; what it leaves out stays as it is. */
export type CellEdit = { readonly [Part in keyof CellContent]?: CellContent[Part] | undefined };

export const edited = (before: CellContent, { title, kind, code, auto }: CellEdit): CellContent => ({
  title: title ?? before.title,
  kind: kind ?? before.kind,
  code: code ?? before.code,
  auto: auto ?? before.auto,
});

/** Whether two cells have the same text, so that they are one version. */
export const isSameText = (a: CellContent, b: CellContent): boolean =>
  a.title === b.title && a.kind === b.kind && a.code === b.code;

export const MAX_CELL_BYTES = 256 * 1024;
export const MAX_CELLS = 1000;
/** Code of all cells of a document together. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;
export const MAX_TITLE = 200;
export const cellTitle = titleText(MAX_TITLE);

/** Throws when a document has no room for that many cells. @param others how many there are beside them */
export function checkCells(written: number, others = 0): void {
  const cells = others + written;
  if (cells > MAX_CELLS)
    throw limitReached(`A document may have ${MAX_CELLS} cells, and would have ${cells}`, "delete some", others, {
      limit: MAX_CELLS,
    });
}

/** Throws when a document has no room for what is written. @param others how much there is beside it */
export function checkDocument(
  others: { readonly cells: number; readonly bytes: number },
  written: readonly CellContent[],
) {
  checkCells(written.length, others.cells);
  const bytes = others.bytes + written.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0);
  if (bytes > MAX_DOCUMENT_BYTES)
    throw limitReached(
      `The cells of a document may have ${MAX_DOCUMENT_BYTES} bytes together, and would have ${bytes}`,
      "shorten or delete some",
      others.bytes,
      { limit: MAX_DOCUMENT_BYTES },
    );
}

/** The order with a cell after another one, or first. A cell that is gone by now counts as the last. */
export function placed(order: readonly string[], id: string, after: string | null | undefined): string[] {
  const others = order.filter((each) => each !== id);
  const before = after === null ? -1 : others.indexOf(after ?? "");
  const at = after !== null && before < 0 ? others.length : before + 1;
  return [...others.slice(0, at), id, ...others.slice(at)];
}

export const noCell = () => new ServiceError("cell_not_found");

/** The document as a whole has another version. */
export const documentConflict = (version: number, expected: number) =>
  new ServiceError("edit_conflict", {
    detail: `The document is at version ${version} and the change is of version ${expected}; read it again first`,
    extensions: { version },
  });

/** Somebody wrote the cell meanwhile; the answer has what they wrote. */
export function editConflict(
  current: Omit<CellContent, "auto"> & { readonly id: string; readonly version: number; readonly updatedBy: string },
  expected: number,
): ServiceError {
  const { id, title, kind, code, version, updatedBy } = current;
  const detail = `The cell is at version ${version} and the change is of version ${expected}; join both, and send it with If-Match: "${version}"`;
  return new ServiceError("edit_conflict", {
    detail,
    extensions: { current: { id, title, kind, code, version, updatedBy } },
  });
}
