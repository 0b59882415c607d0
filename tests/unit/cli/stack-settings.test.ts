import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readStackSettings } from "../../../cli/stack-settings";

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-settings-"));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function stackFile(text: string): string {
  const file = path.join(folder, "Pulumi.test.yaml");
  fs.writeFileSync(file, text);
  return file;
}

test.each(["../x", "a/b", "", "..", ".hidden", "a b"])("P3: %j is refused as the name of a stack", (stack) => {
  expect(() => readStackSettings({ stack })).toThrow(
    `"${stack}" cannot be the name of a stack. Fix: use --stack dev or --stack staging.`,
  );
});

test("P3: a stack without a file is named with the file", () => {
  expect(() => readStackSettings({ stack: "prod" })).toThrow(
    /^There is no stack "prod": \S+Pulumi\.prod\.yaml does not exist/,
  );
});

test("a stack file that is no YAML is named with the line", () => {
  const configFile = stackFile("config:\n  nexus:cluster: {kind: [\n");
  expect(() => readStackSettings({ stack: "dev", configFile })).toThrow(/Pulumi\.test\.yaml is no YAML: .*line \d+/s);
});

test("where a stack goes is read from its file", () => {
  const configFile = stackFile(
    "config:\n  nexus:cluster: { kind: context, context: prod-eu }\n  nexus:namespace: tenants\n",
  );
  expect(readStackSettings({ stack: "staging", configFile })).toMatchObject({
    clusterKind: "context",
    context: "prod-eu",
    namespace: "tenants",
  });
});
