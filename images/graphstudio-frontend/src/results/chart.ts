import { columnsOf, type Row, rowsOf, type Scalar, textOf } from "./rows";

export const chartKinds = ["line", "area", "bar", "dot", "histogram"] as const;
export type ChartKind = (typeof chartKinds)[number];

export const MAX_POINTS = 5000;
export const MAX_COLORS = 8;
/** Of a title, and of the columns that a message names. */
const MAX_TITLE = 200;
/** Of a value that a message names. */
const MAX_WORD = 50;

/** A chart that can be drawn. */
export interface Chart {
  readonly kind: ChartKind;
  readonly data: readonly Row[];
  readonly x: string;
  /** Undefined for a histogram, which counts. */
  readonly y: string | undefined;
  readonly color: string | undefined;
  readonly title: string;
}

/** Why a chart is not drawn, with the values for its text. */
export interface ChartProblem {
  readonly reason: "kind" | "data" | "points" | "field" | "number" | "colors";
  readonly field: string;
  readonly value: string;
  readonly many: number;
}

export type ChartReading = { readonly chart: Chart } | { readonly problem: ChartProblem };

/** A value that says that it is a chart. */
export interface ChartValue {
  readonly chart: string;
  readonly data: unknown;
  readonly x?: unknown;
  readonly y?: unknown;
  readonly color?: unknown;
  readonly title?: unknown;
}

/** Whether a value says that it is a chart. */
export function isChartValue(value: unknown): value is ChartValue {
  if (typeof value !== "object" || value === null) return false;
  const { chart, data } = value as Partial<ChartValue>;
  return typeof chart === "string" && Array.isArray(data);
}

const wrong = (reason: ChartProblem["reason"], values: Partial<ChartProblem> = {}): ChartReading => ({
  problem: { field: "", value: "", many: 0, ...values, reason },
});

/** A value that says it is a chart, if it is one that can be drawn: nothing of it is code, and all of it is bounded. */
export function readChart({ chart: name, data, x, y, color, title }: ChartValue): ChartReading {
  const kind = chartKinds.find((known) => known === name);
  if (!kind) return wrong("kind", { value: name.slice(0, MAX_WORD) });
  const rows = rowsOf(data);
  if (!rows) return wrong("data");
  if (rows.length > MAX_POINTS) return wrong("points", { many: rows.length });
  const columns = columnsOf(rows);
  const isColumn = (column: unknown): column is string => typeof column === "string" && columns.includes(column);
  const unknown = (field: string) => wrong("field", { field, value: columns.join(", ").slice(0, MAX_TITLE) });
  if (!isColumn(x)) return unknown("x");
  if (kind !== "histogram" && !isColumn(y)) return unknown("y");
  if (color !== undefined && !isColumn(color)) return unknown("color");
  // A histogram counts.
  const up = kind !== "histogram" && isColumn(y) ? y : undefined;
  const other = otherThanNumber(rows, up ?? x);
  if (other !== undefined) return wrong("number", { field: up === undefined ? "x" : "y", value: other });
  const colors = color === undefined ? 0 : new Set(rows.map((row) => row[color])).size;
  if (colors > MAX_COLORS) return wrong("colors", { many: colors });
  return {
    chart: { kind, data: rows, x, y: up, color, title: typeof title === "string" ? title.slice(0, MAX_TITLE) : "" },
  };
}

/** The first value of a column that is not a number, as JSON. A row without a value leaves a gap. */
function otherThanNumber(rows: readonly Row[], column: string): string | undefined {
  const found = rows.find((row) => typeof (row[column] ?? 0) !== "number");
  return found && JSON.stringify(found[column]).slice(0, MAX_WORD);
}

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** The values along a chart; undefined where a row has none. */
export type Along =
  | { readonly scale: "time"; readonly values: readonly (Date | undefined)[] }
  | { readonly scale: "number"; readonly values: readonly (number | undefined)[] }
  | { readonly scale: "text"; readonly values: readonly (string | undefined)[] };

/** Dates where all are written as dates, and numbers where all are numbers. Each bar has a name. */
export function alongOf({ kind, data, x }: Chart): Along {
  const all = data.map((row) => row[x] ?? undefined);
  const isAll = (is: (value: Scalar) => boolean) =>
    kind !== "bar" && all.every((value) => value === undefined || is(value));
  if (isAll((value) => typeof value === "number")) return { scale: "number", values: all as (number | undefined)[] };
  const texts = all.map((value) => (value === undefined ? undefined : textOf(value)));
  const dates = texts.map((text) => (text === undefined ? undefined : dateOf(text)));
  const isTime = isAll((value) => typeof value === "string" && dateOf(value) !== undefined);
  return isTime ? { scale: "time", values: dates } : { scale: "text", values: texts };
}

/** A time that names no zone is in that of the chart, which is UTC in every browser. */
function dateOf(text: string): Date | undefined {
  const [whole, time, zone] = DATE.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const date = new Date(time !== undefined && zone === undefined ? `${text}Z` : text);
  return Number.isFinite(date.getTime()) ? date : undefined;
}
