import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describeTree, findProgram } from "../../../local/toolchain/debian";
import { fontConfiguration, writeFontConfiguration } from "../../../local/toolchain/fonts";

const LIBRARIES = "usr/lib/x86_64-linux-gnu";
let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-tree-"));
});

afterEach(() => fs.rmSync(root, { recursive: true }));

function write(file: string): string {
  const full = path.join(root, file);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, "");
  return full;
}

test("an unpacked tree's programs are found before the machine's", () => {
  const program = write("usr/bin/node");
  expect(findProgram(describeTree(root), "node")).toBe(program);
});

test("a program that does not exist is named, with what to do", () => {
  const name = "nexus-no-such-program";
  expect(() => findProgram(describeTree(root), name)).toThrow(`There is no program ${name} in `);
  expect(() => findProgram(describeTree(root), name)).toThrow(`Fix: install it, or delete ${root} and try again.`);
});

test("libraries in separate folders are found, plugins are left out", () => {
  write(`${LIBRARIES}/libpulse.so.0`);
  write(`${LIBRARIES}/pulseaudio/libpulsecommon-16.1.so`);
  write(`${LIBRARIES}/gconv/UTF-16.so`);
  const folders = [LIBRARIES, `${LIBRARIES}/pulseaudio`].map((folder) => path.join(root, folder));
  expect(describeTree(root).libraryPath.split(path.delimiter)).toEqual(folders);
});

test("an empty tree leaves the machine's libraries and fonts alone", () => {
  writeFontConfiguration(root, root);
  expect(describeTree(root).libraryPath).toBe("");
  expect(fontConfiguration(root)).toBeUndefined();
});

test("the fonts of a tree are named where the tree will be, beside the machine's own", () => {
  write("usr/share/fonts/truetype/dejavu/DejaVuSans.ttf");
  writeFontConfiguration(root, "/cache/tree");
  const text = fs.readFileSync(fontConfiguration(root) ?? "", "utf8");
  expect(text).toContain("<dir>/cache/tree/usr/share/fonts</dir>");
  expect(text).toContain(">/etc/fonts/fonts.conf</include>");
});
