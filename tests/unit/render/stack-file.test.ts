import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readStackFile } from "../../../cli/render/stack-file";

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-stack-file-"))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

function read(text: string) {
  const file = path.join(folder, "config.yaml");
  fs.writeFileSync(file, text);
  return readStackFile(file);
}

test("keys without a namespace are refused as Pulumi refuses them", () => {
  expect(() => read("config:\n  nexus:images: {}\n  topology: mono\n")).toThrow(
    /config\.yaml has keys without a namespace, which Pulumi refuses: topology\. Fix: write `nexus:` before it, as in nexus:topology\.$/,
  );
  expect(() => read("config:\n  nexus: { topology: mono }\n  a: 1\n")).toThrow(/refuses: nexus, a\. /);
  expect(read("config:\n  nexus:topology: mono\n  kubernetes:context: x\n").values).toEqual({
    "nexus:topology": "mono",
    "kubernetes:context": "x",
  });
});
