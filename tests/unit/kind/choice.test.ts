import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { doctor } from "../../../cli/commands/doctor";
import { env } from "../../../cli/commands/env";
import { startKind } from "../../../local/kind/start";
import { startPlatform } from "../../../local/platform/start";
import { choosePlatform } from "../../../local/platform-choice";
import { KUBERNETES_VERSION } from "../../../local/platform/versions";
import { KIND_VERSION } from "../../../local/toolchain/official-kind";
import { DownloadFailures, failureKey, PULUMI_SITE } from "../../../local/toolchain/official-site";
import { CLI, LANGUAGE_HOST, pulumiPrograms } from "../../../local/toolchain/pulumi-programs";
import { ReleaseServer, sha256 } from "../../support/release-server";
import { ContainerPrograms } from "../../support/stand-ins/container-programs";
import { silentReporter } from "../../support/silent-reporter";

const outside = { ...process.env };
const system = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
let programs: ContainerPrograms;

beforeEach(() => {
  programs = new ContainerPrograms(fs.mkdtempSync(path.join(os.tmpdir(), "nexus-choice-")));
  process.env = { ...programs.environment(31_999) };
});
afterEach(() => {
  Object.defineProperty(process, "platform", system);
  jest.restoreAllMocks();
  process.env = { ...outside };
  process.exitCode = undefined;
  programs.stop();
  fs.rmSync(programs.folder, { recursive: true });
});

const asUser = () => jest.spyOn(process, "getuid").mockReturnValue(1000);
const asRoot = () => jest.spyOn(process, "getuid").mockReturnValue(0);
const choose = () => choosePlatform("auto", programs.home);

/** A machine without docker, kind and k3d, even if the real machine has them. */
function withoutDocker(): void {
  programs.uninstall("docker");
  process.env.PATH = path.join(programs.folder, "bin");
}

test("A1: auto is the local platform if it can run, whatever else exists", async () => {
  asRoot();
  expect(await choose()).toEqual({ kind: "local", reason: "it can run: Linux on x86-64 as root" });
  expect(programs.commands()).toEqual([]);
});

test("A1: auto is kind without root, if a Docker engine answers", async () => {
  asUser();
  expect(await choose()).toEqual({
    kind: "kind",
    reason:
      "the local platform needs root, to make a node's namespaces; Docker engine at unix:///run/test-docker.sock, kind",
  });
});

test("A1: auto is kind on macOS; kind is downloaded if it is missing", async () => {
  programs.uninstall("kind");
  Object.defineProperty(process, "platform", { ...system, value: "darwin" });
  expect((await choose()).reason).toBe(
    `the local platform needs Linux, and this is darwin; Docker engine at unix:///run/test-docker.sock, kind ${KIND_VERSION}, to be downloaded`,
  );
});

test("A1: if neither can run, one line says what each of the two needs", async () => {
  asUser();
  withoutDocker();
  await expect(choose()).rejects.toThrow(
    /^The local platform needs root, to make a node's namespaces, and a kind cluster needs Docker: docker is not on PATH\. Fix: install Docker, then npm run up$/,
  );
});

test("A31: `kind: local` on a machine where it cannot run says what it needs, and names the alternative", async () => {
  asUser();
  const { kind } = await choosePlatform("local", programs.home);
  expect(kind).toBe("local");
  await expect(startPlatform({ home: programs.home, reporter: silentReporter })).rejects.toThrow(
    "The local platform needs root, to make a node's namespaces. " +
      "Fix: eval \"$(npm run -s env)\" && pulumi config set --stack dev --path 'nexus:cluster.kind' auto (then a kind cluster is made where Docker runs)",
  );
});

test("A31: that alternative works: the shell's settings need neither root nor Docker", async () => {
  asUser();
  withoutDocker();
  const printed: string[] = [];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => Boolean(printed.push(String(text))));
  await env();
  const lines = printed.join("").trimEnd().split("\n");
  expect(lines.filter((line) => !/^export (?!KUBECONFIG)\w+=/.test(line))).toEqual([]);
  expect(lines.join()).toContain("export PATH=");
  // Without a PATH, the stand-ins do not know their names.
  expect(programs.commands().at(-1)).toBe(" stack select --create --stack dev");
});

test("P5: the first choice stays, even with root rights later", async () => {
  asUser();
  const { descriptor } = await startKind({ home: programs.home, reporter: silentReporter });
  asRoot();
  expect(await choose()).toEqual({ kind: "kind", reason: "it is there" });
  expect(descriptor.kind).toBe("kind");
});

describe("kind that is not on PATH", () => {
  const site = new ReleaseServer();
  beforeAll(() => site.start());
  afterAll(() => site.stop());

  it("A1: is downloaded, and makes the cluster", async () => {
    const machine = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
    const script = fs.readFileSync(path.join(programs.folder, "bin/kind"), "utf8");
    site.serve(`/${KIND_VERSION}/kind-${machine}`, script);
    programs.uninstall("kind");
    const download = { site: site.url, sha256: { [machine]: sha256(script) } };
    await startKind({ home: programs.home, reporter: silentReporter, download });
    expect(programs.commands()).toContainEqual(expect.stringMatching(/^kind create cluster --name nexus-/));
  });

  it("A31: and cannot be downloaded stops the start before anything is made", async () => {
    programs.uninstall("kind");
    await expect(
      startKind({ home: programs.home, reporter: silentReporter, download: { site: `${site.url}/no` } }),
    ).rejects.toThrow(
      /^kind is not on PATH, and v\S+ cannot be downloaded from http:\S+: http:\S+ answered 404\. Fix: install kind/,
    );
    expect(programs.commands().slice(-1)).toEqual(["docker version --format {{.Server.Version}}"]);
  });
});

describe("doctor", () => {
  async function rows(): Promise<string> {
    const printed: string[] = [];
    jest.spyOn(process.stdout, "write").mockImplementation((text) => Boolean(printed.push(String(text))));
    await doctor();
    return printed.join("");
  }

  it("A1: shows the choice and why", async () => {
    asUser();
    const text = await rows();
    expect(text).toMatch(/^NOTE +Local platform +needs root, to make a node's namespaces$/m);
    expect(text).toMatch(/^OK +Kind cluster +Docker engine at unix:\/\/\/run\/test-docker\.sock, kind$/m);
    expect(text).toMatch(/^OK +Cluster +kind cluster: the local platform needs root, .*; Docker engine at .*$/m);
    // For a cluster in containers, no program of a node is built.
    expect(text).not.toMatch(/containerd|coredns|buildkit/);
  });

  it("A1: shows whether the existing cluster runs", async () => {
    asUser();
    await startKind({ home: programs.home, reporter: silentReporter });
    expect(await rows()).toMatch(/^NOTE +Running +yes: http:\/\/localhost:31999$/m);
    programs.stopNode();
    const stopped = await rows();
    expect(stopped).toMatch(/^OK +Cluster +kind cluster: it is there$/m);
    expect(stopped).toMatch(/^NOTE +Running +no\. Start: npm run up$/m);
    programs.fail("docker version", "Cannot connect to the Docker daemon");
    const gone = await rows();
    expect(gone).toMatch(
      /^MISSING +Cluster +kind cluster: The Docker engine at \S+, on which .* was made, .* --forget$/m,
    );
    expect(gone).toMatch(/^NOTE +Running +no\. Start: npm run up$/m);
  });

  it("A1: requires Go and space for builds only if a tool cannot be downloaded", async () => {
    asUser();
    programs.uninstall(CLI, LANGUAGE_HOST);
    // An engine that does not answer, whatever the machine has.
    programs.install("go");
    const before = await rows();
    expect(before).toMatch(/^NOTE +Go +none; needed where a tool cannot be downloaded\. Fix: install Go [\d.]+$/m);
    expect(before).toMatch(/ Disk .*; 3 GiB needed$/m);
    for (const program of pulumiPrograms) new DownloadFailures().add([failureKey(PULUMI_SITE, program)]);
    const after = await rows();
    expect(after).toMatch(/^MISSING +Go +needed to build pulumi\. Fix: install Go [\d.]+$/m);
    expect(after).toMatch(/ Disk .*; 12 GiB needed$/m);
  });

  it("A1: recognises kubectl from an earlier download", async () => {
    asUser();
    // The user's own kind reports a version that is too old.
    fs.writeFileSync(path.join(programs.folder, "bin/kubectl"), "#!/bin/sh\n", { mode: 0o755 });
    const kubectl = path.join(programs.folder, `cache/nexus/official/kubernetes-${KUBERNETES_VERSION}/kubectl`);
    fs.mkdirSync(path.dirname(kubectl), { recursive: true });
    fs.writeFileSync(kubectl, "", { mode: 0o755 });
    const text = await rows();
    expect(text).toMatch(new RegExp(`^OK +kubectl +${KUBERNETES_VERSION.slice(1)}, official$`, "m"));
    expect(text).toMatch(/^OK +Tools +all in the cache$/m);
  });

  it("A1: names what both lack", async () => {
    asUser();
    withoutDocker();
    expect(await rows()).toMatch(/^MISSING +Cluster +The local platform needs root, .* docker is not on PATH\. Fix: /m);
    expect(process.exitCode).toBe(1);
  });
});
