import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Reporter } from "@nexus/host";
import { KUBERNETES_VERSION } from "../../../local/platform/versions";
import { officialKubectl, officialKubernetesPrograms } from "../../../local/toolchain/official-kubernetes";
import { ReleaseServer, sha256 } from "../../support/release-server";

const PROGRAMS = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-proxy",
  "kube-scheduler",
  "kubectl",
  "kubelet",
] as const;
const HOUR = 3600_000;
const outside = process.env.XDG_CACHE_HOME;
const site = new ReleaseServer();
let folder: string;
let notes: string[];
let now: number;

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubernetes-"));
  process.env.XDG_CACHE_HOME = folder;
  notes = [];
  now = 1_000_000;
  site.requests.length = 0;
});
beforeAll(() => site.start());
afterAll(() => site.stop());
afterEach(() => {
  if (outside === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = outside;
  fs.rmSync(folder, { recursive: true });
});

function pathOf(program: string): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  return `/${KUBERNETES_VERSION}/bin/${process.platform}/${architecture}/${program}`;
}

const script = (program: string) => `#!/bin/sh\necho ${program}\n`;

/** Serves every program with its checksum; `wrong` gets another file's checksum. */
function serveAll(wrong?: string): void {
  for (const program of PROGRAMS) {
    const text = sha256(program === wrong ? "something else" : script(program));
    site.serve(pathOf(program), script(program), { path: `${pathOf(program)}.sha256`, text });
  }
}

const reporter: Reporter = {
  plan: () => undefined,
  start: () => undefined,
  progress: () => undefined,
  done: (id: string, note?: string) => void notes.push(`${id}: ${note}`),
  fail: () => undefined,
};
const ensure = (url = site.url) => officialKubernetesPrograms({ reporter, site: url, now: () => now });

function kept(): string[] {
  const programs = path.join(folder, "nexus/official", `kubernetes-${KUBERNETES_VERSION}`);
  return fs.existsSync(programs) ? fs.readdirSync(programs).sort() : [];
}

test("every program of a node is downloaded with its published checksum, once, and can be run", async () => {
  serveAll();
  const programs = await ensure();
  expect([...(programs?.keys() ?? [])].sort()).toEqual(PROGRAMS);
  for (const [program, file] of programs ?? []) expect(execFileSync(file, { encoding: "utf8" })).toBe(`${program}\n`);
  site.requests.length = 0;
  expect(await ensure()).toEqual(programs);
  expect(site.requests).toEqual([]);
});

test("a program with another checksum is refused and deleted", async () => {
  serveAll("kubelet");
  expect(await ensure()).toBeUndefined();
  expect(kept()).toEqual(PROGRAMS.filter((program) => program !== "kubelet"));
  expect(notes).toContain(
    `kubelet: cannot be downloaded: ${site.url}${pathOf("kubelet")} has the SHA-256 ${sha256(script("kubelet"))} instead of ${sha256("something else")}`,
  );
});

test("an incomplete download is deleted, and tried again after a day", async () => {
  serveAll();
  site.cutOff(pathOf("kube-proxy"));
  expect(await ensure()).toBeUndefined();
  expect(kept()).toEqual(PROGRAMS.filter((program) => program !== "kube-proxy"));
  site.requests.length = 0;
  now += 23 * HOUR;
  serveAll();
  expect(await ensure()).toBeUndefined();
  expect(site.requests).toEqual([]);
  now += 2 * HOUR;
  expect((await ensure())?.size).toBe(PROGRAMS.length);
  expect(site.requests).toEqual([`${pathOf("kube-proxy")}.sha256`, pathOf("kube-proxy")]);
});

test("a site that cannot be reached gets one request per day", async () => {
  const away = new ReleaseServer();
  await away.start();
  const url = away.url;
  expect(await ensure(url)).toBeUndefined();
  expect(away.requests).toEqual([`${pathOf("kubectl")}.sha256`]);
  expect(await ensure(url)).toBeUndefined();
  expect(away.requests).toHaveLength(1);
  await away.stop();
  now += 25 * HOUR;
  expect(await ensure(url)).toBeUndefined();
  expect(notes.at(-1)).toMatch(/^kubectl: cannot be downloaded: connect ECONNREFUSED/);
});

test("a proxy's page instead of a checksum is refused", async () => {
  serveAll();
  site.serve(`${pathOf("kubectl")}.sha256`, "<html>please log in</html>");
  expect(await officialKubectl({ reporter, site: site.url, now: () => now })).toBeUndefined();
  expect(notes.at(-1)).toBe(`kubectl: cannot be downloaded: ${site.url}${pathOf("kubectl")}.sha256 holds no SHA-256`);
});

test("kubectl alone is enough for another cluster", async () => {
  serveAll();
  const kubectl = await officialKubectl({ reporter, site: site.url, now: () => now });
  expect(kept()).toEqual(["kubectl"]);
  expect(execFileSync(kubectl ?? "", { encoding: "utf8" })).toBe("kubectl\n");
});
