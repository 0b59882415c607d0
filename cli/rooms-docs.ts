import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";
import { STRUCTURE } from "./commands/check";
import { withSection } from "./docs-section";

export const roomsDocsFile = path.join(repositoryRoot, "docs/architecture.md");

const MARKS = ["<!-- picture: made by `npm run docs` from the imports -->", "<!-- end of picture -->"] as const;
/** The folders that `.dependency-cruiser.cjs` has rules for; `config.ts` belongs to `config`. */
const FOLDERS = "^(packages|images)/[^/]+|^(config|components|local|cli)(?=[/.])";
const LEFT_OUT = "/test/|^tests/|^packages/testkit/|/dist/|fixtures/|node_modules/";
/** The name of a folder, or of the program, in the picture. */
const ROOM = /^((packages|images)\/[^/]+|config|components|local|cli|index\.ts)$/;

interface Graph {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
}

function importGraph(): Graph {
  const program = path.join(repositoryRoot, "node_modules/.bin/depcruise");
  const args = [...STRUCTURE, "--exclude", LEFT_OUT, "--collapse", FOLDERS, "--output-type", "json"];
  // The output contains every module with all of its imports.
  const text = execFileSync(program, args, { cwd: repositoryRoot, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(text) as Graph;
}

const idOf = (room: string) => room.replace(/\W/g, "_");

/** Which folder imports from which, as a Mermaid flowchart. */
export function roomsPicture({ modules } = importGraph()): string {
  const rooms = modules.filter(({ source }) => ROOM.test(source)).sort((a, b) => a.source.localeCompare(b.source));
  const boxes = (group: RegExp, indent: string) =>
    rooms.filter(({ source }) => group.test(source)).map(({ source }) => `${indent}${idOf(source)}["${source}"]`);
  const groups = ["images", "packages"].flatMap((group) => [
    `  subgraph ${group}`,
    ...boxes(new RegExp(`^${group}/`), "    "),
    "  end",
  ]);
  const arrows = rooms.flatMap(({ source, dependencies }) => {
    const targets = dependencies.map(({ resolved }) => resolved).filter((name) => ROOM.test(name));
    return targets.length === 0 ? [] : [`  ${idOf(source)} --> ${targets.sort().map(idOf).join(" & ")}`];
  });
  return ["```mermaid", "flowchart LR", ...boxes(/^[^/]+$/, "  "), ...groups, ...arrows, "```"].join("\n");
}

/** The documentation with the picture as it is now. */
export function withPicture(document: string): string {
  return withSection(document, MARKS, roomsPicture());
}

if (require.main === module) fs.writeFileSync(roomsDocsFile, withPicture(fs.readFileSync(roomsDocsFile, "utf8")));
