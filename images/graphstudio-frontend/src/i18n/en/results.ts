import type { ChartKind } from "../../results/chart";

/** Results and panels that are tables or charts. */
export const results = {
  filter: "Filter",
  filterOf: "Filter: {{label}}",
  found_one: "{{found}} of {{count}} row",
  found_other: "{{found}} of {{count}} rows",
  copy: "Copy",
  copyHint: "Copy these rows for a spreadsheet",
  copied: "Copied.",
  selected: "Selected, to be copied with the keyboard.",
  more_one: "Show {{count}} more row",
  more_other: "Show {{count}} more rows",
  asText: "As text",
  data: "Data",
  dataOf: "Data of {{label}}",
  drawing: "Drawing the chart…",
  notDrawn: "The chart could not be drawn. Reload the page to try again.",
  kinds: {
    line: "Line chart",
    area: "Area chart",
    bar: "Bar chart",
    dot: "Dot chart",
    histogram: "Histogram",
  } satisfies Record<ChartKind, string>,
  chartOf_one: "{{kind}} of {{y}} by {{x}}, {{count}} value",
  chartOf_other: "{{kind}} of {{y}} by {{x}}, {{count}} values",
  chartOfCounts_one: "{{kind}} of {{x}}, {{count}} value",
  chartOfCounts_other: "{{kind}} of {{x}}, {{count}} values",
  wrong: {
    kind: "No chart: “chart” is {{value}}; give one of {{kinds}}.",
    data: "No chart: “data” must be a list of objects whose values are texts, numbers, true, false, or null.",
    points: "No chart: “data” has {{many}} objects; give at most {{mostPoints}}.",
    field: "No chart: “{{field}}” must name a column of the data: {{value}}.",
    number: "No chart: the values of “{{field}}” must be numbers; one is {{value}}.",
    colors: "No chart: “color” gives {{many}} colors; give at most {{mostColors}}.",
  },
} as const;
