import { isFileName, NO_FACTS } from "../src/document/facts";
import { type FollowerCell, followersOf } from "../src/document/followers";
import { type GraphRun, graphOf } from "../src/document/graph";
import { factsOf } from "../src/sandbox/cell-facts";

interface Given extends Partial<Omit<FollowerCell, "id" | "isFile">> {
  readonly code: string;
  readonly file?: string;
  /** When it ran; undefined for never. */
  readonly ran?: number;
  readonly run?: Partial<GraphRun>;
}

/** The cells that follow the first one, which ran last, as texts with what they need. */
function followers(given: Readonly<Record<string, Given>>): string[] {
  const ids = Object.keys(given);
  const cells = Object.entries(given).map(([id, { code, file, ran, run }]) => {
    const [facts = NO_FACTS] = factsOf([code], 5000);
    const graphRun = ran === undefined ? undefined : { seq: ran, cellVersion: 1, failed: false, ...run };
    return { id, version: 1, facts, run: graphRun, file: file ? { name: file, changedAt: 1 } : undefined };
  });
  const followerCells = Object.entries(given).map(([id, { auto = true, isRunning = false, file = "" }]) => {
    return { id, auto, isRunning, isFile: isFileName(file) };
  });
  return followersOf(graphOf(cells), followerCells, ids[0] ?? "").map(({ id, needs }) => `${id}<${needs.join()}`);
}

const A: Given = { code: "let a = 1", ran: 9 };
const B: Given = { code: "let b = a", ran: 2 };
const C: Given = { code: "b", ran: 3 };

test.each<[name: string, cells: Readonly<Record<string, Given>>, follow: readonly string[]]>([
  ["in the order of what they need", { A, C, B }, ["B<", "C<B"]],
  ["those that never ran, changed or failed", { A, B: { ...B, ran: undefined }, C }, ["B<", "C<B"]],
  ["one that was written after it ran", { A, B: { ...B, run: { cellVersion: 0 } }, C }, ["B<", "C<B"]],
  ["one that failed before", { A, B: { ...B, run: { failed: true } }, C }, ["B<", "C<B"]],
  ["each once, after all that it needs", { A, D: { code: "[a, b]" }, B, C }, ["B<", "D<B", "C<B"]],
  ["none that does not run by itself, and none behind it", { A, B: { ...B, auto: false }, C }, []],
  ["none behind one that is up to date", { A, B: { ...B, ran: 10 }, C: { ...C, ran: 11 } }, []],
  ["what a lost pod has left behind one that is up to date", { A, B: { ...B, ran: 10 }, C }, ["C<"]],
  ["none behind one that runs now", { A, B: { ...B, ran: 10, isRunning: true }, C }, []],
  ["none that needs nothing of it", { A, D: { code: "1" }, E: { code: "d" } }, []],
  ["none whose other input is stale", { A, X: { code: "let x", auto: false }, D: { code: "a + x" }, B }, ["B<"]],
  [
    "those that another stale one is stale for too",
    { A: { ...A, code: "let a = x" }, X: { code: "let x" }, B },
    ["B<"],
  ],
  [
    "those that import a file which needs it",
    { A, F: { code: "export const f = a", file: "f.js" }, D: { code: "import { f } from './f.js'" } },
    ["D<"],
  ],
  [
    "none that imports a file with another stale input",
    {
      A,
      X: { code: "let x", auto: false },
      F: { code: "export const f = a + x", file: "f.js" },
      D: { code: "import { f } from './f.js'" },
    },
    [],
  ],
  [
    "none in a cycle, and none behind it",
    { A, D: { code: "let d = a + e" }, E: { code: "let e = d" }, F: { code: "e" } },
    [],
  ],
  ["none that declares a name of another one", { A, B, D: { code: "let b = a" }, C }, []],
  ["none behind a name that two declare", { A, D: { code: "let a", ran: 1 }, B }, []],
  ["none whose code cannot be read", { A, D: { code: "let d = a +" } }, []],
])("cells that follow a run: %s", (_name, cells, follow) => {
  expect(followers(cells)).toEqual(follow);
});
