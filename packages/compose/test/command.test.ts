import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { convertCompose, type ConvertCommand } from "../../../cli/commands/compose";
import { fixtures } from "@nexus/testkit/compose-fixtures";

const base: ConvertCommand = {
  files: ["memory-ui.yaml"],
  profile: [],
  envFile: [],
  image: [],
  namespace: "ushadow",
  podSecurity: "baseline",
};

function run(change: Partial<ConvertCommand>): { out: string; err: string } {
  const written = { out: "", err: "" };
  const streams = {
    out: (text: string) => void (written.out += text),
    err: (text: string) => void (written.err += text),
  };
  convertCompose({ ...base, ...change }, streams, fixtures);
  return written;
}

describe("npm run compose -- convert", () => {
  it("E5 E21: prints objects as YAML without a secret's value, and the losses as a table", () => {
    const { out, err } = run({});
    const objects = parseAllDocuments(out).map((document) => document.toJS() as { kind: string; stringData?: object });
    expect(objects.filter(({ kind }) => kind === "Deployment")).toHaveLength(2);
    expect(objects.find(({ kind }) => kind === "Secret")?.stringData).toEqual({ OPENAI_API_KEY: "REDACTED" });
    expect(out + err).not.toMatch(/sk-proj|graph-of-mind|c2stcHJvai/);
    expect(err).toContain("1 thing differs from compose:");
    expect(err).toMatch(/^SERVICE +KEY +VALUE +WHAT HAPPENS +WHAT TO DO\nmem0 +depends_on\.neo4j\.restart +true +/m);
  });

  it("E5: names the placeholder of an image that is built when the project is deployed", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-compose-build-"));
    try {
      fs.writeFileSync(path.join(folder, "Dockerfile"), "FROM scratch");
      const file = path.join(folder, "a.yaml");
      fs.writeFileSync(file, "services: { api: { build: ., expose: ['80'] } }");
      const { out, err } = run({ files: [file] });
      expect(out).toContain("image: registry.invalid/api:latest\n");
      expect(err).toMatch(
        /^api +build +\S+ +not built by this command; registry\.invalid\/api:latest stands for it +deploy it with/m,
      );
      const named = run({ files: [file], image: ["api=r.example.com/api:1"] });
      expect(named.out).toContain("image: r.example.com/api:1\n");
      expect(named.err).toMatch(/^api +build +.* no image is built; r\.example\.com\/api:1 must be there/m);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("E5: quotes texts that kubectl would read as booleans", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-compose-yaml-"));
    try {
      const file = path.join(folder, "a.yaml");
      fs.writeFileSync(
        file,
        `services: { a: { image: i, command: ["yes", "y"], environment: { B: "no", C: "0777" } } }`,
      );
      const { out } = run({ files: [file] });
      expect(out).toContain('B: "no"\n  C: "0777"\n');
      expect(out).toMatch(/args:\n +- "yes"\n +- "y"\n/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("E22: --out writes one file for each object", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-compose-out-"));
    try {
      expect(run({ out: folder }).out).toMatch(/^\d+ objects of project compose are in /);
      const files = fs.readdirSync(folder);
      expect(files).toEqual(
        expect.arrayContaining(["mem0-ui-deployment.yaml", "mem0-ui-secret-secret.yaml", "qdrant-statefulset.yaml"]),
      );
      for (const file of files) {
        const { kind, metadata } = parse(fs.readFileSync(path.join(folder, file), "utf8")) as {
          kind: string;
          metadata: { name: string };
        };
        expect(file).toBe(`${metadata.name}-${kind.toLowerCase()}.yaml`);
      }
      run({ files: ["namespaces.yaml"], out: path.join(folder, "two") });
      expect(fs.readdirSync(path.join(folder, "two"))).toEqual(
        expect.arrayContaining(["data", "ushadow", "data-namespace.yaml"]),
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("takes profiles, env files, images, namespace and several files", () => {
    const { out, err } = run({
      files: ["profiles.yaml", "web-and-database.yaml"],
      profile: ["debug"],
      namespace: "team-a",
    });
    expect(out).toContain("name: debug");
    expect(out).toContain("namespace: team-a");
    expect(err).toContain("Left out, as no active profile asks for them: docs.");
    expect(run({ files: ["built.yaml"], image: ["worker=registry.example.com/other:2"] }).out).toContain(
      "registry.example.com/other:2",
    );
    expect(run({ files: ["chat.yaml"], envFile: ["include/queue.env"] }).out).toContain("chat:7");
  });

  it.each([
    [
      "below /proc",
      "/proc/x/y",
      "cannot be made: ENOENT: no such file or directory, mkdir '/proc/x'. Fix: name a folder",
    ],
    ["a file", __filename, "is a file. Fix: name a folder; one that does not exist is made."],
    ["below a file", path.join(__filename, "x"), "cannot be made: ENOTDIR"],
    [
      "with older files",
      __dirname,
      "is not empty, and old files would stay among the new ones. Fix: name a new folder",
    ],
  ])("--out refuses a folder %s", (_, out, message) => {
    expect(() => run({ out })).toThrow(`--out ${out} ${message}`);
  });

  it.each<[string, Partial<ConvertCommand>, string]>([
    ["level", { podSecurity: "strict" }, '--pod-security "strict" is not known. Fix: use baseline or restricted.'],
    [
      "namespace",
      { namespace: "My_Team" },
      '--namespace "My_Team" is not a name of at most 63 lower-case letters, digits and dashes, other than default and kube-*. Fix: use one such as ushadow.',
    ],
    [
      "namespace of the cluster's own",
      { namespace: "kube-system" },
      '--namespace "kube-system" is not a name of at most 63 lower-case letters, digits and dashes, other than default and kube-*. Fix: use one such as ushadow.',
    ],
    [
      "image pull secret",
      { imagePullSecret: "Bad_Name" },
      '--image-pull-secret "Bad_Name" is not a name of a Secret. Fix: use one such as regcred.',
    ],
    [
      "image without a name",
      { image: ["worker="] },
      '--image "worker=" names no image. Fix: write --image <service>=<image>.',
    ],
    ["image", { image: ["worker"] }, '--image "worker" names no image. Fix: write --image <service>=<image>.'],
  ])("refuses a bad %s", (_, change, message) => {
    expect(() => run(change)).toThrow(new Error(message));
  });
});
