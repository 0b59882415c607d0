import { Component, lazy, type ReactNode, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Chart, chartKinds, type ChartProblem, type ChartValue, MAX_COLORS, MAX_POINTS, readChart } from "./chart";
import { ResultTable } from "./result-table";

/** Most results are no chart, and the library is as large as the page. */
const PlotChart = lazy(() => import("./plot-chart"));

export interface ResultChartProps {
  readonly value: ChartValue;
  readonly label: string;
  /** The value as a text, where it cannot be drawn. */
  readonly fallback: ReactNode;
}

/** A chart with its data as a table; or why it cannot be drawn, and the value as it is. */
export function ResultChart({ value, label, fallback }: ResultChartProps) {
  const reading = useMemo(() => readChart(value), [value]);
  if ("chart" in reading) return <Drawn chart={reading.chart} label={label} />;
  return (
    <>
      <Problem problem={reading.problem} />
      {fallback}
    </>
  );
}

function Drawn({ chart, label }: { readonly chart: Chart; readonly label: string }) {
  const { t } = useTranslation("results");
  const { kind, title, x, y, data } = chart;
  const facts = { kind: t(`kinds.${kind}`), x, count: data.length };
  const what = y === undefined ? t("chartOfCounts", facts) : t("chartOf", { ...facts, y });
  return (
    <figure className="chart">
      {title !== "" && <figcaption>{title}</figcaption>}
      <Unloaded text={t("notDrawn")}>
        <Suspense fallback={<p className="hint">{t("drawing")}</p>}>
          <PlotChart chart={chart} label={title === "" ? `${label}: ${what}` : `${title}: ${what}`} />
        </Suspense>
      </Unloaded>
      <details>
        <summary>{t("data")}</summary>
        <ResultTable rows={data} label={t("dataOf", { label })} />
      </details>
    </figure>
  );
}

/** The library may not come, or fail; the data is there all the same. */
class Unloaded extends Component<
  { readonly text: string; readonly children: ReactNode },
  { readonly failed: boolean }
> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <p className="cell-note">{this.props.text}</p> : this.props.children;
  }
}

function Problem({ problem }: { readonly problem: ChartProblem }) {
  const { t } = useTranslation("results");
  const limits = { kinds: chartKinds.join(", "), mostPoints: MAX_POINTS, mostColors: MAX_COLORS };
  return <p className="cell-note">{t(`wrong.${problem.reason}`, { ...limits, ...problem })}</p>;
}
