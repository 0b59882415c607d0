import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { isChartValue } from "./chart";
import { ResultChart } from "./result-chart";
import { ResultTable } from "./result-table";
import { rowsOf } from "./rows";

export interface ShownValueProps {
  readonly value: unknown;
  /** What it is, for who does not see it. */
  readonly label: string;
  /** The value as a text. */
  readonly children: ReactNode;
}

/** A value as what it is: a chart, a table, or a text. */
export function ShownValue({ value, label, children }: ShownValueProps) {
  const { t } = useTranslation("results");
  const rows = useMemo(() => rowsOf(value), [value]);
  if (isChartValue(value)) return <ResultChart value={value} label={label} fallback={children} />;
  if (!rows) return children;
  return (
    <>
      <ResultTable rows={rows} label={label} />
      <details className="result-text">
        <summary>{t("asText")}</summary>
        {children}
      </details>
    </>
  );
}
