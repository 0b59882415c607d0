import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ScrollBox } from "../components/scroll-box";
import { columnsOf, filtered, type Row, type Scalar, type Sort, sorted, textOf, toTsv } from "./rows";

/** Rows that are drawn at first, and with each further step. */
const STEP = 100;

export interface ResultTableProps {
  readonly rows: readonly Row[];
  /** What the table is of, for who does not see it. */
  readonly label: string;
}

/** Rows to be sorted, filtered and copied. */
export function ResultTable({ rows, label }: ResultTableProps) {
  const { t, i18n } = useTranslation("results");
  const [text, setText] = useState("");
  const [sort, setSort] = useState<Sort>();
  const [most, setMost] = useState(STEP);
  const [said, setSaid] = useState<"copied" | "selected">();
  const table = useRef<HTMLTableElement>(null);
  const columns = useMemo(() => columnsOf(rows), [rows]);
  const numbers = useMemo(
    () => new Set(columns.filter((column) => rows.some((row) => typeof row[column] === "number"))),
    [rows, columns],
  );
  const found = useMemo(
    () => sorted(filtered(rows, columns, text), sort, i18n.language),
    [rows, columns, text, sort, i18n.language],
  );
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(toTsv(found, columns));
      setSaid("copied");
    } catch {
      // Over plain HTTP, and where the browser forbids it, the person copies what is selected.
      if (table.current) window.getSelection()?.selectAllChildren(table.current);
      setSaid("selected");
    }
  };
  return (
    <div className="result-table">
      <div className="result-table-bar">
        <input
          type="search"
          aria-label={t("filterOf", { label })}
          placeholder={t("filter")}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            setMost(STEP);
          }}
        />
        <p className="hint" role="status">
          {t("found", { found: found.length, count: rows.length })} {said && t(said)}
        </p>
        <button type="button" className="button quiet small" title={t("copyHint")} onClick={() => void copy()}>
          {t("copy")}
        </button>
      </div>
      <ScrollBox as="div" className="result-table-box" label={label}>
        <table ref={table} aria-label={label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column} column={column} isNumber={numbers.has(column)} sort={sort} onSort={setSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, most).map((row, index) => (
              <tr key={index}>
                {columns.map((column) => (
                  <Value key={column} value={row[column]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {found.length > most && (
        <button type="button" className="button quiet small" onClick={() => setMost(most + STEP)}>
          {t("more", { count: Math.min(STEP, found.length - most) })}
        </button>
      )}
    </div>
  );
}

interface HeadProps {
  readonly column: string;
  readonly isNumber: boolean;
  readonly sort: Sort | undefined;
  readonly onSort: (sort: Sort | undefined) => void;
}

/** Sorts by its column: upwards, then downwards, then as the rows were. */
function Head({ column, isNumber, sort, onSort }: HeadProps) {
  const own = sort?.column === column ? sort : undefined;
  const direction = own && (own.isDescending ? "descending" : "ascending");
  const next = own?.isDescending ? undefined : { column, isDescending: own !== undefined };
  return (
    <th scope="col" className={isNumber ? "number" : undefined} aria-sort={direction ?? "none"}>
      <button type="button" onClick={() => onSort(next)}>
        {column}
        <span aria-hidden="true" className={`sort-mark ${direction ?? ""}`} />
      </button>
    </th>
  );
}

function Value({ value }: { readonly value: Scalar }) {
  if (value === null) return <td className="no-value">{textOf(value)}</td>;
  return <td className={typeof value === "number" ? "number" : undefined}>{textOf(value)}</td>;
}
