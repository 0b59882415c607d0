import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";
import { table } from "../table";

/** One line of docs/requirements.md. */
export interface Requirement {
  readonly id: string;
  readonly text: string;
  /** Why no test names it; empty where one should. Begins with "later" or "not testable here". */
  readonly note: string;
}

export const requirementsFile = path.join(repositoryRoot, "docs/requirements.md");

const ROW = /^\| ([A-EPX]\d{1,2}) +\|([^\n]*)\|([^|\n]*)\|$/gm;

/** The requirements of a Markdown table with the columns id, requirement and note. */
export function readRequirements(markdown: string): Requirement[] {
  return [...markdown.matchAll(ROW)].map(([, id = "", text = "", note = ""]) => ({ id, text: text.trim(), note: note.trim() }));
}

/** Ids at the head of a string, before a colon or its end: `"A12 E10: ..."`, or `"A12"` in a table of cases. */
const NAMED = /(["'`])([A-EPX]\d{1,2}(?:[ ,]+[A-EPX]\d{1,2})*)(?=:|\1)/g;

/** The ids that a test's source names in titles and tables. */
export function namedIds(source: string): string[] {
  const found = [...source.matchAll(NAMED)].flatMap(([, , ids = ""]) => ids.split(/[ ,]+/));
  return [...new Set(found)];
}

/** Every test file of the repository, relative to its root. */
function testFiles(): string[] {
  const rooms = ["images", "packages"].flatMap((room) =>
    fs.readdirSync(path.join(repositoryRoot, room)).map((name) => `${room}/${name}/test`),
  );
  return ["tests", ...rooms]
    .filter((folder) => fs.existsSync(path.join(repositoryRoot, folder)))
    .flatMap((folder) =>
      fs
        .readdirSync(path.join(repositoryRoot, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => /\.tsx?$/.test(file))
        .map((file) => path.join(folder, file)),
    )
    .sort();
}

/** Test files by the id that they name. */
export function testsById(): Map<string, string[]> {
  const tests = new Map<string, string[]>();
  for (const file of testFiles())
    for (const id of namedIds(fs.readFileSync(path.join(repositoryRoot, file), "utf8")))
      tests.set(id, [...(tests.get(id) ?? []), file]);
  return tests;
}

/** What proves a requirement: the files of its tests, or why there is none. */
export function proofOf({ id, note }: Requirement, tests: ReadonlyMap<string, readonly string[]>): string {
  return tests.get(id)?.join(", ") ?? (note || "neither a test nor a note");
}

/** The last line: how many requirements tests name, and what is said of the others. */
export function summary(list: readonly Requirement[], tests: ReadonlyMap<string, readonly string[]>): string {
  const open = list.filter(({ id }) => !tests.has(id));
  const noted = (beginning: string) => open.filter(({ note }) => note.startsWith(beginning)).length;
  const counts = `${noted("later")} later, ${noted("not testable here")} not testable here`;
  return `${list.length - open.length} of ${list.length} covered, ${counts}.`;
}

/** `npm run requirements`: each requirement with the tests that name it, or the reason why none does. */
export function requirements(): void {
  const list = readRequirements(fs.readFileSync(requirementsFile, "utf8"));
  const tests = testsById();
  const rows = list.map((one) => [one.id, proofOf(one, tests)]);
  process.stdout.write(`${table([["ID", "TESTS"], ...rows])}\n\n${summary(list, tests)}\n`);
}
