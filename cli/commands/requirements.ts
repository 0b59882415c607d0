import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";

export const requirementsFile = path.join(repositoryRoot, "docs/requirements.md");

const states = ["proven", "part", "decided", "later"] as const;
type State = (typeof states)[number];

/** One row of docs/requirements.md. */
export interface Requirement {
  readonly id: string;
  readonly text: string;
  /** One of `states`. */
  readonly state: string;
  /** "behaviour": what running software does; "definition": shapes of objects, values and files. */
  readonly level: string;
  /** The proofs, the missing part, or the link to a decision. */
  readonly why: string;
}

export interface Proof {
  readonly file: string;
  readonly title: string;
}

/** How the checks read files: returns the text, or undefined if there is no such file. */
export type Read = (file: string) => string | undefined;

/** Number of ids of each source. */
const SOURCES = { P: 5, A: 64, B: 38, C: 28, D: 37, E: 30, F: 9, X: 17 };
/** Ids that are in the register only by their split parts. */
const PARTS: Readonly<Record<string, string>> = { A33: "abcd", A56: "ab", A60: "abcd", A61: "abcd" };

/** Maximum number of tests for one row: nobody reads more. */
const MOST_PROOFS = 3;

/** Every id that the register must have. */
export const ids: readonly string[] = Object.entries(SOURCES).flatMap(([letter, size]) =>
  Array.from({ length: size }, (_, index) => `${letter}${index + 1}`).flatMap((id) =>
    [...(PARTS[id] ?? "")].map((part) => id + part).concat(id in PARTS ? [] : id),
  ),
);

const ROW = /^\| [A-FPX]\d/;

export function readRequirements(markdown: string): Requirement[] {
  const rows = markdown.split("\n").filter((line) => ROW.test(line));
  return rows.map((row) => {
    const cells = row.slice("| ".length, -" |".length).split(" | ");
    const [id = "", text = "", state = "", level = "", why = ""] = cells.map((cell) => cell.replaceAll("\\|", "|"));
    return { id, text, state, level, why };
  });
}

/** The tests of a `proven` row: `` `file`: title ``, up to three, with `<br>` between them. */
export function proofsOf({ why }: Requirement): Proof[] {
  return why.split("<br>").flatMap((one) => {
    const [, file, title] = /^`([^`]+)`: (.+)$/.exec(one) ?? [];
    return file && title ? [{ file, title }] : [];
  });
}

const LITERAL = String.raw`("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\`(?:[^\`\\]|\\.)*\`)`;
/** `it("title",`, `test.each(...)("title",`; skipped tests are not found, and so prove nothing. */
const TITLE = new RegExp(String.raw`\b(?:it|test)(?:\.each(?:\([^]*?\)|\`[^]*?\`))?\(\s*${LITERAL},`, "g");
/** `["A1", "label",`: a row of a table whose tests are titled "%s: %s". */
const TABLE_ROW = new RegExp(String.raw`\[\s*"([^"\n]+)",\s*${LITERAL},`, "g");

/** The titles of a test file as its source has them; for a table with the title "%s: %s", the titles of its rows. */
export function titlesOf(source: string): Set<string> {
  const text = (literal = "") => literal.slice(1, -1).replace(/\\(.)/g, "$1");
  const titles = [...source.matchAll(TITLE)].map(([, literal]) => text(literal));
  if (!titles.includes("%s: %s")) return new Set(titles);
  return new Set([...titles, ...[...source.matchAll(TABLE_ROW)].map(([, id, label]) => `${id}: ${text(label)}`)]);
}

/** Calls that start a service, a server or a program. */
const STARTS = /\b(spawn|execFile|openDatabase|buildBundle|listen|start[A-Z]\w*)\(/;

/** Whether a test runs on a cluster or with the real engine, or starts a service or a process, by itself or through a file in its folder. */
function runsSomething(file: string, read: Read): boolean {
  if (/^tests\/(e2e|unit\/engine)\//.test(file)) return true;
  if (!/^(images|packages)\/[^/]+\/test\//.test(file)) return false;
  const source = read(file) ?? "";
  const beside = [...source.matchAll(/from "\.\/([\w-]+)"/g)].map(([, name]) => `${path.dirname(file)}/${name}.ts`);
  return [source, ...beside.map((one) => read(one) ?? "")].some((one) => STARTS.test(one));
}

function problemsOfProof({ file, title }: Proof, id: string, read: Read): string[] {
  const source = read(file);
  if (source === undefined) return [`${id}: there is no file ${file}`];
  return titlesOf(source).has(title) ? [] : [`${id}: ${file} has no test with the title "${title}"`];
}

function problemsOfProofs(row: Requirement, read: Read): string[] {
  const { id, level, why } = row;
  const proofs = proofsOf(row);
  const count = why.split("<br>").length;
  if (count > MOST_PROOFS || proofs.length !== count)
    return [`${id}: give one to ${MOST_PROOFS} tests, each as \`file\`: title`];
  const runs = level !== "behaviour" || proofs.some(({ file }) => runsSomething(file, read));
  return [
    ...proofs.flatMap((proof) => problemsOfProof(proof, id, read)),
    ...(runs ? [] : [`${id}: none of the tests starts a service, a process or a cluster, which behaviour needs`]),
  ];
}

function problemsOfRow(row: Requirement, read: Read): string[] {
  const { id, state, level, why } = row;
  if (!["behaviour", "definition"].includes(level)) return [`${id}: "${level}" is not behaviour or definition`];
  const namesTests = /\.ts\b/.test(why);
  switch (state as State) {
    case "proven":
      return problemsOfProofs(row, read);
    case "part":
    case "later":
      return namesTests || why === "" ? [`${id}: "${state}" says what is missing, and names no test`] : [];
    case "decided": {
      const [, file] = /\]\((decisions\/[^)]+)\)/.exec(why) ?? [];
      return file && read(`docs/${file}`) !== undefined && !namesTests
        ? []
        : [`${id}: "decided" links to a file of docs/decisions, and names no test`];
    }
    default:
      return [`${id}: "${state}" is not ${states.join(", ")}`];
  }
}

/** What is wrong with the register. */
export function problemsOf(rows: readonly Requirement[], read: Read): string[] {
  const count = (id: string) => rows.filter((row) => row.id === id).length;
  return [
    ...ids.filter((id) => count(id) === 0).map((id) => `${id}: missing`),
    ...ids.filter((id) => count(id) > 1).map((id) => `${id}: appears twice`),
    ...rows.filter(({ id }) => !ids.includes(id)).map(({ id }) => `${id}: not an id of the sources`),
    ...rows.flatMap((row) => problemsOfRow(row, read)),
  ];
}

/** Reads each file of the repository only once. */
export function repositoryFiles(): Read {
  const known = new Map<string, string | undefined>();
  return (file) => {
    if (!known.has(file)) {
      const at = path.join(repositoryRoot, file);
      known.set(file, fs.existsSync(at) ? fs.readFileSync(at, "utf8") : undefined);
    }
    return known.get(file);
  };
}

/** What is not proven, with its text and the reason, and the counts by state. */
export function report(rows: readonly Requirement[]): string {
  const by = (state: State) => rows.filter((row) => row.state === state);
  const lines = states
    .filter((state) => state !== "proven")
    .flatMap((state) => [
      "",
      state.toUpperCase(),
      ...by(state).map(({ id, text, why }) => `${id}  ${text}\n      ${why}`),
    ]);
  const counts = states.map((state) => `${by(state).length} ${state}`).join(", ");
  return [...lines.slice(1), "", `${rows.length} requirements: ${counts}.`].join("\n");
}

/** `npm run requirements`: checks docs/requirements.md, and prints what is not proven. */
export function requirements(): void {
  const rows = readRequirements(fs.readFileSync(requirementsFile, "utf8"));
  const problems = problemsOf(rows, repositoryFiles());
  process.stdout.write(`${report(rows)}\n`);
  if (problems.length > 0) throw new Error(`docs/requirements.md has problems:\n  ${problems.join("\n  ")}`);
}
