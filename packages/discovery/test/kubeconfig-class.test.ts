import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { BUNDLING, bundledKubeConfig } from "../src/cluster/kubeconfig-class";

let folder: string;
let modules: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-bundle-"));
  modules = path.join(folder, "node_modules");
  const library = "@kubernetes/client-node";
  write(`${library}/package.json`, JSON.stringify({ name: library, version: "1.0.0", type: "module" }));
  write(`${library}/dist/config.js`, 'import { apis } from "./gen/index.js"; export class KubeConfig { apis = apis }');
  write(`${library}/dist/gen/index.js`, 'export const apis = "hundreds of files";');
  install("one");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(modules, file)), { recursive: true });
  fs.writeFileSync(path.join(modules, file), text);
}

/** Writes what is installed, as npm does. */
function install(packages: string): void {
  write(".package-lock.json", JSON.stringify({ packages }));
}

function stubbed(value: string): typeof BUNDLING {
  return { ...BUNDLING, stub: { ...BUNDLING.stub, contents: `export const apis = "${value}";` } };
}

test("a bundle is made once, and again when a package, the stub or an option changes", async () => {
  const first = await bundledKubeConfig(modules, stubbed("ours"));
  fs.appendFileSync(first, "// kept\n");
  expect(await bundledKubeConfig(modules, stubbed("ours"))).toBe(first);
  expect(fs.readFileSync(first, "utf8")).toMatch(/"ours"[^]*\/\/ kept\n$/);
  const changed = await bundledKubeConfig(modules, stubbed("theirs"));
  expect(fs.readFileSync(changed, "utf8")).toContain('"theirs"');
  const options = { ...BUNDLING.options, minify: true };
  const minified = await bundledKubeConfig(modules, { ...stubbed("ours"), options });
  install("another");
  const upgraded = await bundledKubeConfig(modules, stubbed("ours"));
  expect(new Set([first, changed, minified, upgraded]).size).toBe(4);
  expect(fs.readFileSync(upgraded, "utf8")).not.toContain("// kept");
});

test("several processes that make it at once each get a complete bundle, and leave no other files", async () => {
  const files = await Promise.all([1, 2, 3, 4].map(() => bundledKubeConfig(modules, stubbed("ours"))));
  expect(new Set(files).size).toBe(1);
  const [file = ""] = files;
  expect(fs.readdirSync(path.dirname(file))).toEqual([path.basename(file)]);
  const { KubeConfig } = jest.requireActual<{ KubeConfig: new () => { apis: string } }>(file);
  expect(new KubeConfig().apis).toBe("ours");
});
