/** What a cell of a table holds; undefined where the row has no such column. */
export type Scalar = string | number | boolean | null | undefined;
export type Row = Readonly<Record<string, Scalar>>;

/** More columns than this are no table that a person reads. */
export const MAX_COLUMNS = 50;

const isScalar = (value: unknown): value is Scalar => value === null || typeof value !== "object";

const isRow = (value: unknown): value is Row =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isScalar);

/** The value as rows of a table: objects in a list, with nothing in them that has parts; undefined for another value. */
export function rowsOf(value: unknown): readonly Row[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRow)) return undefined;
  const count = columnsOf(value).length;
  return count > 0 && count <= MAX_COLUMNS ? value : undefined;
}

/** All columns, in the order in which the rows name them. */
export function columnsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** A value as it is shown. */
export const textOf = (value: Scalar): string => (value === undefined ? "" : String(value));

export interface Sort {
  readonly column: string;
  readonly isDescending: boolean;
}

/** The rows that have the text in one of their columns, whatever its case. */
export function filtered(rows: readonly Row[], columns: readonly string[], text: string): readonly Row[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return rows;
  return rows.filter((row) => columns.some((column) => textOf(row[column]).toLowerCase().includes(wanted)));
}

/** Numbers before texts; rows without a value are last in both directions. */
export function sorted(rows: readonly Row[], sort: Sort | undefined, language: string): readonly Row[] {
  if (!sort) return rows;
  const { column, isDescending } = sort;
  const { compare } = new Intl.Collator(language, { numeric: true });
  const isEmpty = (value: Scalar) => value === null || value === undefined;
  const order = (a: Scalar, b: Scalar): number => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number" || typeof b === "number") return typeof a === "number" ? -1 : 1;
    return compare(textOf(a), textOf(b));
  };
  return rows.toSorted((one, other) => {
    const [a, b] = [one[column], other[column]];
    if (isEmpty(a) || isEmpty(b)) return Number(isEmpty(a)) - Number(isEmpty(b));
    return isDescending ? order(b, a) : order(a, b);
  });
}

/** The rows as spreadsheets take them from the clipboard; what would end a field becomes a space. */
export function toTsv(rows: readonly Row[], columns: readonly string[]): string {
  const field = (text: string) => text.replace(/[\t\r\n]+/g, " ");
  const line = (fields: readonly string[]) => fields.map(field).join("\t");
  return [line(columns), ...rows.map((row) => line(columns.map((column) => textOf(row[column] ?? undefined))))].join(
    "\n",
  );
}
