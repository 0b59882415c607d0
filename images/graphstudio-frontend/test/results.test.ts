import { alongOf, isChartValue, MAX_POINTS, readChart } from "../src/results/chart";
import { columnsOf, filtered, MAX_COLUMNS, type Row, rowsOf, sorted, toTsv } from "../src/results/rows";

test.each<[string, unknown, boolean]>([
  [
    "objects",
    [
      { a: 1, b: "x" },
      { b: null, c: true },
    ],
    true,
  ],
  ["nothing", [], false],
  ["objects without a column", [{}], false],
  ["numbers", [1, 2], false],
  ["lists", [[1], [2]], false],
  ["objects in objects", [{ a: 1 }, { a: { b: 1 } }], false],
  ["objects and null", [{ a: 1 }, null], false],
  ["one object", { a: 1 }, false],
  ["too many columns", [Object.fromEntries(Array.from({ length: MAX_COLUMNS + 1 }, (_, n) => [`c${n}`, n]))], false],
])("a list of flat objects is a table: %s", (_name, value, isTable) => {
  expect(rowsOf(value) !== undefined).toBe(isTable);
});

const rows: readonly Row[] = [
  { name: "b", n: 10 },
  { name: "a10", n: 9, more: true },
  { name: null, n: -1 },
  { name: "a9", n: "x" },
];

test("columns are in the order in which rows name them, and rows have what is asked for", () => {
  expect(columnsOf(rows)).toEqual(["name", "n", "more"]);
  const found = (text: string) => filtered(rows, columnsOf(rows), text).map(({ name }) => name);
  expect(found(" A1 ")).toEqual(["a10"]);
  expect(found("true")).toEqual(["a10"]);
  expect(found("null")).toEqual([null]);
  expect(found("")).toHaveLength(4);
});

test("rows are sorted as what they hold, both ways, and rows without a value are last", () => {
  const by = (column: string, isDescending = false) =>
    sorted(rows, { column, isDescending }, "en").map((row) => row[column]);
  expect(by("n")).toEqual([-1, 9, 10, "x"]);
  expect(by("n", true)).toEqual(["x", 10, 9, -1]);
  expect(by("name")).toEqual(["a9", "a10", "b", null]);
  expect(by("name", true)).toEqual(["b", "a10", "a9", null]);
  expect(sorted(rows, undefined, "en")).toBe(rows);
});

test("rows are copied as a spreadsheet takes them: a field cannot end its field or line", () => {
  expect(toTsv([{ a: "x\ty\r\nz", b: null }, { b: 1 }], ["a", "b"])).toBe("a\tb\nx y z\t\n\t1");
});

const data = [
  { day: "2030-01-01", price: 1, shop: "A" },
  { day: "2030-01-02T03:04", price: null, shop: "B" },
];
const read = (value: object) => {
  const chart: unknown = { chart: "line", data, x: "day", y: "price", ...value };
  if (!isChartValue(chart)) throw new Error("It does not say that it is a chart");
  return readChart(chart);
};

test("a value that says that it is a chart is one, with what it names", () => {
  expect(read({ color: "shop", title: "T".repeat(300), onclick: "x" })).toEqual({
    chart: { kind: "line", data, x: "day", y: "price", color: "shop", title: "T".repeat(200) },
  });
  expect(read({ chart: "histogram", x: "price", y: "nothing" })).toMatchObject({ chart: { x: "price", y: undefined } });
  expect([isChartValue({ chart: "line" }), isChartValue({ chart: 1, data }), isChartValue(null)]).toEqual([
    false,
    false,
    false,
  ]);
});

test.each<[object, object]>([
  [{ chart: "pie" }, { reason: "kind", value: "pie" }],
  [{ data: [] }, { reason: "data" }],
  [{ data: [{ day: [1] }] }, { reason: "data" }],
  [{ data: Array(MAX_POINTS + 1).fill(data[0]) }, { reason: "points", many: MAX_POINTS + 1 }],
  [{ x: undefined }, { reason: "field", field: "x", value: "day, price, shop" }],
  [{ y: "toString" }, { reason: "field", field: "y" }],
  [{ color: "red" }, { reason: "field", field: "color" }],
  [{ y: "shop" }, { reason: "number", field: "y", value: '"A"' }],
  [
    { chart: "histogram", x: "shop" },
    { reason: "number", field: "x", value: '"A"' },
  ],
  [
    { data: Array.from({ length: 9 }, (_, n) => ({ x: n, y: n })), x: "x", y: "y", color: "x" },
    { reason: "colors", many: 9 },
  ],
])("what cannot be drawn says why: %j", (value, problem) => {
  expect(read(value)).toMatchObject({ problem });
});

test("what is along a chart are dates, numbers or texts, the same in every browser", () => {
  const along = (values: readonly Row[string][], kind = "line") => {
    const reading = read({ chart: kind, data: values.map((x) => ({ x, y: 1 })), x: "x", y: "y" });
    if (!("chart" in reading)) throw new Error(JSON.stringify(reading));
    return alongOf(reading.chart);
  };
  expect(along(["2030-01-01", "2030-01-02T03:04", "2030-01-02T03:04+01:00", null])).toEqual({
    scale: "time",
    values: [
      new Date("2030-01-01T00:00:00Z"),
      new Date("2030-01-02T03:04:00Z"),
      new Date("2030-01-02T02:04:00Z"),
      undefined,
    ],
  });
  expect(along(["2030-01-01", "2030-99-99"]).scale).toBe("text");
  expect(along([1, null, 2.5])).toEqual({ scale: "number", values: [1, undefined, 2.5] });
  expect(along([1, "a", true])).toEqual({ scale: "text", values: ["1", "a", "true"] });
  expect(along([2030, 2031], "bar")).toEqual({ scale: "text", values: ["2030", "2031"] });
});
