import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";
import { roomsDocsFile, roomsPicture, withPicture } from "../../cli/rooms-docs";
import { presetNames } from "../../config/presets";

const read = (file: string) => fs.readFileSync(path.join(repositoryRoot, file), "utf8");
const guides = ["README.md", ...fs.readdirSync(path.join(repositoryRoot, "docs")).map((name) => `docs/${name}`)].filter(
  (file) => file.endsWith(".md"),
);
const scripts = Object.keys((JSON.parse(read("package.json")) as { scripts: object }).scripts);

describe.each(guides)("A10 A63: %s", (guide) => {
  it("links only to files that exist", () => {
    const targets = [...read(guide).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = ""]) => target);
    const missing = targets
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => !fs.existsSync(path.join(repositoryRoot, path.dirname(guide), target)));
    expect(missing).toEqual([]);
  });

  it("names only npm scripts that exist", () => {
    const named = [...read(guide).matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, script]) => script);
    expect(named.filter((script) => !scripts.includes(script ?? ""))).toEqual([]);
  });
});

describe("docs/topologies.md", () => {
  const text = read("docs/topologies.md");

  it("X1: compares every topology", () => {
    const head = text.split("\n").find((line) => line.startsWith("|  |")) ?? "";
    for (const name of presetNames) expect(head).toContain(`\`${name}\``);
  });

  it("A9 A59 B11 B12 B13: maps the sources' scripts and files to ours, all of which exist", () => {
    const files = [...text.matchAll(/`((?:components|config|images|docs)\/[\w./-]+)`/g)].map(([, file = ""]) => file);
    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((file) => !fs.existsSync(path.join(repositoryRoot, file)))).toEqual([]);
    for (const script of ["build-images", "deploy all", "logs <service>", "status", "cleanup"])
      expect(text).toContain(script);
    for (const source of ["nexus-ai", "TriLog", "FastAPI", ".env.k8s", "hpa", "pvc"]) expect(text).toContain(source);
  });

  it("B29 B30 C28 D32: says what to do, from the quick start to a rollback", () => {
    for (const advice of ["8080:80", "SELECT 1", "metrics-server", "rollout undo", "probes fail", "401"])
      expect(text).toContain(advice);
  });
});

describe("docs/architecture.md", () => {
  it("has the picture of the imports that `npm run docs` draws", () => {
    const document = fs.readFileSync(roomsDocsFile, "utf8");
    expect(withPicture(document)).toBe(document);
  });

  it("shows folders and the program, and no import of anything else", () => {
    const node = { resolved: "fs" };
    const modules = [
      { source: "packages/one", dependencies: [] },
      { source: "index.ts", dependencies: [{ resolved: "packages/one" }, node] },
      { source: "fs", dependencies: [] },
    ];
    expect(roomsPicture({ modules }).split("\n")).toEqual([
      "```mermaid",
      "flowchart LR",
      '  index_ts["index.ts"]',
      "  subgraph images",
      "  end",
      "  subgraph packages",
      '    packages_one["packages/one"]',
      "  end",
      "  index_ts --> packages_one",
      "```",
    ]);
  });
});
