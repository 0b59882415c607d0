import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { KIND_VERSION, officialKind } from "../../../local/toolchain/official-kind";
import { ReleaseServer, sha256 } from "../../support/release-server";
import { silentReporter } from "../../support/silent-reporter";

const MACHINE = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
const FILE = `/${KIND_VERSION}/kind-${MACHINE}`;
const SCRIPT = "#!/bin/sh\necho kind\n";
const FIX =
  "Fix: install kind (https://kind.sigs.k8s.io/docs/user/quick-start) or k3d (https://k3d.io), then npm run up";
const outside = process.env.XDG_CACHE_HOME;
const site = new ReleaseServer();
let folder: string;

beforeAll(() => site.start());
afterAll(() => site.stop());
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kind-"));
  process.env.XDG_CACHE_HOME = folder;
  site.serve(FILE, SCRIPT);
  site.requests.length = 0;
});
afterEach(() => {
  if (outside === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = outside;
  fs.rmSync(folder, { recursive: true });
});

const download = (pinned = sha256(SCRIPT), url = site.url) =>
  officialKind({ reporter: silentReporter, site: url, sha256: { [MACHINE]: pinned } });

test("kind is downloaded once, checked against its pinned checksum, and can be run", async () => {
  const file = await download();
  expect(execFileSync(file, { encoding: "utf8" })).toBe("kind\n");
  expect(await download()).toBe(file);
  expect(site.requests).toEqual([FILE]);
});

test("a file with another checksum is refused, with what to install instead", async () => {
  const other = sha256("another file");
  await expect(download(other)).rejects.toThrow(
    `kind is not on PATH, and ${KIND_VERSION} cannot be downloaded from ${site.url}${FILE}: ` +
      `${site.url}${FILE} has the SHA-256 ${sha256(SCRIPT)} instead of ${other}. ${FIX}`,
  );
  expect(fs.readdirSync(path.join(folder, "nexus/official", `kind-${KIND_VERSION}`))).toEqual([]);
});

test("an incomplete download is deleted, and the next attempt starts again", async () => {
  site.cutOff(FILE);
  await expect(download()).rejects.toThrow(`cannot be downloaded from ${site.url}${FILE}: other side closed. ${FIX}`);
  site.serve(FILE, SCRIPT);
  await expect(download()).resolves.toMatch(/kind$/);
});

test("a site that cannot be reached is named, with what to install instead", async () => {
  const away = new ReleaseServer();
  await away.start();
  const url = away.url;
  await away.stop();
  await expect(download(undefined, url)).rejects.toThrow(/: connect ECONNREFUSED .*\. Fix: install kind \(/);
});

test("the pinned release has a checksum for every machine that Docker runs on", async () => {
  const text = fs.readFileSync("local/toolchain/official-kind.ts", "utf8");
  for (const machine of ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"])
    expect(text).toMatch(new RegExp(`"${machine}": "[0-9a-f]{64}"`));
});
