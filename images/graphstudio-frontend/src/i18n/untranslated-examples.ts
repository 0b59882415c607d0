import type { CellContent } from "../api/document";

export const exampleNames = ["steps", "panel", "types", "primes", "counter"] as const;
export type ExampleName = (typeof exampleNames)[number];

const code = (text: string, title = ""): CellContent => ({ title, kind: "code", code: text });
const follows = (text: string): CellContent => ({ ...code(text), auto: true });

/** The code of the examples, which is the same in every language. */
export const exampleCells: Readonly<Record<ExampleName, readonly CellContent[]>> = {
  steps: [
    code("let price = 7"),
    code("let total = price * 3"),
    code('console.log("total", total);\n[price, total].map((x) => x * 2)'),
  ],
  panel: [
    code('view.set("progress", { done: 0, of: 5 })'),
    code(
      'for (let done = 1; done <= 5; done++) {\n  await new Promise((resolve) => setTimeout(resolve, 200));\n  view.update("progress", { done });\n}\n"done"',
    ),
  ],
  types: [
    code(
      "export interface Item {\n  name: string;\n  price: number;\n}\n\nexport const sum = (items: readonly Item[]): number =>\n  items.reduce((total, { price }) => total + price, 0);",
      "prices.ts",
    ),
    code(
      'import { sum, type Item } from "./prices.ts";\n\nconst items: Item[] = [\n  { name: "tea", price: 3 },\n  { name: "cake", price: 4.5 },\n];\nsum(items)',
    ),
  ],
  primes: [
    code("const limit = 1_000"),
    follows(
      "const crossed = new Set();\nconst primes = [];\nfor (let n = 2; n <= limit; n++) {\n  if (crossed.has(n)) continue;\n  primes.push(n);\n  for (let multiple = n * n; multiple <= limit; multiple += n) crossed.add(multiple);\n}\nprimes.length",
    ),
    follows(
      'const gaps = primes.slice(1).map((prime, index) => ({ prime, gap: prime - primes[index] }));\n({ chart: "line", data: gaps, x: "prime", y: "gap", title: "Gaps between primes" })',
    ),
  ],
  counter: [
    code("globalThis.runs = (globalThis.runs ?? 0) + 1"),
    code(
      'state.set("visits", (state.get("visits") ?? 0) + 1);\nemit("visited", { visits: state.get("visits") });\nstate.get("visits")',
    ),
  ],
};
