const GAP = 2;
const NARROWEST = 8;

/**
 * Lays rows out in columns, as wide as their widest cell; the first row is the heading. If the terminal is narrower,
 * the widest columns are made narrower and their texts are wrapped.
 * @param width of the terminal; undefined if there is none
 * @default that of standard output
 */
export function table(
  rows: readonly (readonly string[])[],
  width = process.stdout.columns as number | undefined,
): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const excess = () => widths.reduce((sum, one) => sum + one + GAP, -GAP) - (width ?? Infinity);
  while (excess() > 0 && Math.max(...widths) > NARROWEST) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = Math.max(...widths) - 1;
  }
  return rows
    .map((row) =>
      layOut(
        widths.map((one, column) => wrapped(row[column] ?? "", one)),
        widths,
      ),
    )
    .join("\n");
}

/** @param cells lines of each cell */
function layOut(cells: readonly (readonly string[])[], widths: readonly number[]): string {
  const height = Math.max(1, ...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    widths
      .map((width, column) => (cells[column]?.[line] ?? "").padEnd(width))
      .join(" ".repeat(GAP))
      .trimEnd(),
  ).join("\n");
}

/** Lines of at most `width` characters; they end at spaces and commas where they can. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (let rest = text; rest !== "";) {
    const end =
      rest.length <= width
        ? rest.length
        : Math.max(...[" ", ","].map((sign) => rest.lastIndexOf(sign, width - 1))) + 1 || width;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return lines;
}

/** Time since an ISO date in the largest fitting unit: 45s, 12m, 3h, 2d. */
export function age(since: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / 1000));
  if (seconds < 90) return `${seconds}s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}m`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}
