import { areaY, barY, binX, dot, lineY, type Markish, plot, rectY, ruleY, type ScaleOptions } from "@observablehq/plot";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Along, alongOf, type Chart, MAX_COLORS } from "./chart";

const COLORS = Array.from({ length: MAX_COLORS }, (_, index) => `var(--chart-${index + 1})`);
const FIRST_COLOR = "var(--chart-1)";
/** Room for a name below the chart, in pixels, and how much of it is shown. */
const NAME_WIDTH = 72;
const MAX_NAME = 12;
const HEIGHT = 280;
const DAY_MS = 86_400_000;

export interface PlotChartProps {
  readonly chart: Chart;
  /** What it shows, for who does not see it. */
  readonly label: string;
}

/** A chart as wide as its place. */
export default function PlotChart({ chart, label }: PlotChartProps) {
  const { i18n } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    let drawn = 0;
    const observer = new ResizeObserver(() => {
      const width = place.clientWidth;
      if (width === 0 || width === drawn) return;
      drawn = width;
      place.replaceChildren(draw(chart, width, i18n.language));
    });
    observer.observe(place);
    return () => observer.disconnect();
  }, [chart, i18n.language]);
  return (
    <div role="img" aria-label={label}>
      {/* The drawing names its parts in English, where no name may be. */}
      <div ref={box} className="chart-drawing" aria-hidden="true" />
    </div>
  );
}

function draw(chart: Chart, width: number, language: string): Element {
  const along = alongOf(chart);
  const made = plot({
    width,
    height: HEIGHT,
    className: "chart-plot",
    x: { label: chart.x, ...scaleOf(along, width, language) },
    y: { label: chart.y ?? null, grid: true, nice: true },
    color: { range: COLORS, legend: chart.color !== undefined },
    marks: marksOf(chart, along),
  });
  // It brings its style as an element, which the content security policy refuses; results.css has it.
  made.querySelectorAll("style").forEach((style) => style.remove());
  return made;
}

function scaleOf(along: Along, width: number, language: string): ScaleOptions {
  if (along.scale === "number") return {};
  if (along.scale === "time") {
    const dates = along.values.filter((value) => value !== undefined);
    return { type: "utc", tickFormat: dateFormat(dates, language) };
  }
  // In the order of the data, and with as many names as there is room for.
  const domain = [...new Set(along.values.filter((value) => value !== undefined))];
  const step = Math.ceil((domain.length * NAME_WIDTH) / width);
  const tickFormat = (name: string, index: number) => (index % step > 0 ? "" : shortened(name));
  return { domain, tickFormat };
}

const shortened = (name: string) => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);

/** Values are given and not named: a column may have the name of a color, which means that color. */
function marksOf({ kind, data, y, color }: Chart, { values }: Along): Markish[] {
  const column = (name: string | undefined) =>
    name === undefined ? undefined : data.map((row) => row[name] ?? undefined);
  const [x, up, by] = [[...values], column(y), column(color)];
  const fill = by ?? FIRST_COLOR;
  switch (kind) {
    case "line":
      return [lineY(data, { x, y: up, stroke: fill, z: by, strokeWidth: 2 })];
    case "area":
      return [areaY(data, { x, y: up, fill, z: by, fillOpacity: 0.75 }), ruleY([0])];
    case "bar":
      return [barY(data, { x, y: up, fill }), ruleY([0])];
    case "dot":
      return [dot(data, { x, y: up, fill, r: 3 })];
    case "histogram":
      return [rectY(data, { ...binX({ y: "count" }, { x }), fill }), ruleY([0])];
  }
}

/** Dates in the language of the page, as exact as their distance needs. */
function dateFormat(dates: readonly Date[], language: string): (date: Date) => string {
  const times = dates.map(Number);
  const days = (Math.max(...times) - Math.min(...times)) / DAY_MS;
  const parts =
    days > 366
      ? ({ year: "numeric", month: "short" } as const)
      : days > 2
        ? ({ month: "short", day: "numeric" } as const)
        : ({ hour: "2-digit", minute: "2-digit" } as const);
  const { format } = new Intl.DateTimeFormat(language, { ...parts, timeZone: "UTC" });
  return format;
}
