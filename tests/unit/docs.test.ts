import * as fs from "node:fs";
import * as path from "node:path";
import { platformActs, tenantActs } from "@nexus/contract";
import { repositoryRoot } from "@nexus/host";
import { roomsDocsFile, roomsPicture, withPicture } from "../../cli/rooms-docs";
import { presetNames } from "../../config/presets";

const read = (file: string) => fs.readFileSync(path.join(repositoryRoot, file), "utf8");
const guides = ["README.md", ...listOf("docs"), ...listOf("docs/decisions")].filter((file) => file.endsWith(".md"));

function listOf(folder: string): string[] {
  return fs.readdirSync(path.join(repositoryRoot, folder)).map((name) => `${folder}/${name}`);
}
const scripts = Object.keys((JSON.parse(read("package.json")) as { scripts: object }).scripts);

test("docs/audit.md names every act of the audit trails", () => {
  const guide = read("docs/audit.md");
  expect([...tenantActs, ...platformActs].filter((act) => !guide.includes(`\`${act}\``))).toEqual([]);
});

describe.each(guides)("A10 A63: %s", (guide) => {
  it("links only to files that exist", () => {
    const withoutCode = read(guide).replace(/`[^`\n]*`/g, "");
    const targets = [...withoutCode.matchAll(/\]\(([^)#\s]+)/g)].map(([, target = ""]) => target);
    const missing = targets
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => !fs.existsSync(path.join(repositoryRoot, path.dirname(guide), target)));
    expect(missing).toEqual([]);
  });

  it("sets only keys of the configuration that exist", () => {
    const set = [...read(guide).matchAll(/pulumi config (?:set|rm) [^\n]*?'?nexus:(?!composeSecrets)([\w.-]+)/g)].map(
      ([, key]) => key,
    );
    expect(set.filter((key) => !read("docs/configuration.md").includes(`\`nexus:${key ?? ""}\``))).toEqual([]);
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

  /** The rows of tables whose first cell is this text. */
  const rowsOf = (first: string) => text.split("\n").filter((line) => line.startsWith(`| ${first} |`));

  it.each([
    ["build images, deploy", "`npm run up`"],
    ["status", "`npm run status`"],
    ["logs of kernel and nexus-os", "`npm run logs -- workspace-kernel`, `npm run logs -- nexus-os`"],
    ["port-forward 8080:80", "port-forward svc/graphstudio-frontend 8080:80`"],
  ])("B29: the quick start says how to: %s", (step, command) => {
    expect(rowsOf(step).join()).toContain(command);
  });

  it.each([
    ["probes fail", ["`kubectl describe`", "kernel.livenessPath", "kernel.readinessPath"]],
    ["401 on every call", ["token", "JWT_SECRET"]],
    ["the Ingress does not reach the studio", ["className", "host", "annotations", "kubectl describe ingress"]],
    ["the autoscaler does nothing", ["describe hpa", "metrics-server"]],
    ["a connection is refused", ["ingress.controllerNamespace", "monitoringNamespace", "DNS", "443"]],
  ])("C28: the runbook says what to do when: %s", (trouble, advice) => {
    for (const part of advice) expect(rowsOf(trouble).join()).toContain(part);
  });

  it.each([
    ["why is a pod not ready", ["describe pod", "get events --sort-by=.lastTimestamp"]],
    ["why did it restart", ["npm run logs -- <service> --previous"]],
    ["does a Service have pods", ["npm run status", "get svc"]],
    ["does it answer inside the cluster", ["(#a-throw-away-pod)"]],
    ["does the database answer", ["SELECT 1", "\\dt kernel.*", "\\dt studio.*"]],
  ])("A38 B30: the runbook says how to see: %s", (question, advice) => {
    for (const part of advice) expect(rowsOf(question).join()).toContain(part);
  });

  it("D32: says how to roll back to an earlier revision", () => {
    expect(read("docs/operations.md")).toContain("rollout undo deployment/workspace-kernel");
  });

  it("A52 F3: says what `kubectl scale` does under an autoscaler, and what lasts", () => {
    const paragraph =
      text.split("\n\n").find((one) => one.includes("scale deployment/workspace-kernel --replicas=5")) ?? "";
    for (const key of ["autoscaling.minReplicas", "`kernel.autoscaling` null", "`kernel.replicas` 5"])
      expect(paragraph).toContain(key);
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
