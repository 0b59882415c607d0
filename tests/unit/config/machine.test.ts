import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { thisMachine } from "../../../config/machine";
import { platform } from "../../support/config";

let folder: string;
const outside = process.env.KUBECONFIG;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-machine-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
  if (outside === undefined) delete process.env.KUBECONFIG;
  else process.env.KUBECONFIG = outside;
});

function kubeconfig(name: string, contexts: readonly string[]): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, JSON.stringify({ contexts: contexts.map((context) => ({ name: context })) }));
  return file;
}

describe("this machine", () => {
  it("has no platform before one was started", () => {
    expect(thisMachine(folder).platform()).toBeUndefined();
  });

  it("finds the platform that is described in its home", () => {
    const description = { ...platform, dockerConfig: "/platform/docker" };
    fs.writeFileSync(path.join(folder, "platform.json"), JSON.stringify(description));
    expect(thisMachine(folder).platform()).toEqual(description);
  });

  it("finds a local platform of an earlier version, which had no kind", () => {
    const { kind: _, ...description } = platform;
    fs.writeFileSync(path.join(folder, "platform.json"), JSON.stringify(description));
    expect(thisMachine(folder).platform()).toEqual(platform);
  });

  it("refuses a platform of another version", () => {
    fs.writeFileSync(path.join(folder, "platform.json"), JSON.stringify({ ...platform, version: 2 }));
    expect(() => thisMachine(folder).platform()).toThrow(
      /platform\.json cannot be read as the description of this machine's cluster:\n.*expected 1\n.*at version\n  Fix: npm run up writes it again\./,
    );
  });

  it("lists the contexts of the kubeconfig that the stack sets", () => {
    expect(thisMachine(folder).contexts(kubeconfig("one", ["a", "b"]))).toEqual(["a", "b"]);
  });

  it("lists the contexts of all files in KUBECONFIG, as kubectl does", () => {
    const missing = path.join(folder, "missing");
    process.env.KUBECONFIG = [kubeconfig("one", ["a"]), missing, kubeconfig("two", ["b"])].join(path.delimiter);
    expect(thisMachine(folder).contexts()).toEqual(["a", "b"]);
  });

  it.each([
    ["no YAML", "contexts: [{"],
    ["another shape", "contexts: 5"],
  ])("A31: names a kubeconfig that is %s, and the fix", (_, text) => {
    const file = path.join(folder, "broken");
    fs.writeFileSync(file, text);
    expect(() => thisMachine(folder).contexts(file)).toThrow(
      /broken cannot be read as a kubeconfig:\n.+\n  Fix: correct it, or name another file as nexus:cluster\.kubeconfig/s,
    );
  });

  it("has no contexts without a kubeconfig", () => {
    expect(thisMachine(folder).contexts(path.join(folder, "missing"))).toEqual([]);
    fs.writeFileSync(path.join(folder, "empty"), "");
    expect(thisMachine(folder).contexts(path.join(folder, "empty"))).toEqual([]);
  });
});
