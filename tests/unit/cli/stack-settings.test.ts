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

test("a stack file that is not YAML is reported with the line", () => {
  const configFile = stackFile("config:\n  nexus:cluster: {kind: [\n");
  expect(() => readStackSettings({ stack: "dev", configFile })).toThrow(/Pulumi\.test\.yaml is not YAML: .*line \d+/s);
});

test("the cluster of a stack is read from its file", () => {
  const configFile = stackFile(
    "config:\n  nexus:cluster: { kind: context, context: prod-eu }\n  nexus:namespace: tenants\n",
  );
  expect(readStackSettings({ stack: "staging", configFile })).toMatchObject({
    clusterKind: "context",
    context: "prod-eu",
    namespace: "tenants",
  });
});

test("the kubeconfig of a stack may be in the home folder, which kubectl does not expand itself", () => {
  const kubeconfigOf = (kubeconfig?: string) =>
    settings({ "nexus:cluster": { kind: "context", kubeconfig } }).kubeconfig;
  expect(kubeconfigOf("~/.kube/other")).toBe(path.join(os.homedir(), ".kube/other"));
  expect(kubeconfigOf("/etc/kube/config")).toBe("/etc/kube/config");
  expect(kubeconfigOf()).toBeUndefined();
});

test("A31: a value of the wrong type is reported with its key and file, and a number is accepted as a text, as Pulumi does", () => {
  expect(() => settings({ "nexus:names": 5, "nexus:cluster": "local" })).toThrow(
    /Pulumi\.test\.yaml is not a valid stack file:.*expected object.*"nexus:cluster".*expected record.*"nexus:names".*Fix: /s,
  );
  expect(settings({ "nexus:namespace": 7 }).namespace).toBe("7");
});

function settings(config: Readonly<Record<string, unknown>>) {
  return readStackSettings({ stack: "dev", configFile: stackFile(JSON.stringify({ config })) });
}

describe("what commands know of a stack", () => {
  it.each([
    ["full", "nexus"],
    ["python", "nexus-python"],
    ["mono", "nexus"],
    ["runtime", "nexus-runtime"],
  ])("X2: is the namespace of the topology %s", (topology, namespace) => {
    expect(settings({ "nexus:topology": topology }).namespace).toBe(namespace);
    expect(settings({ "nexus:topology": topology, "nexus:namespace": "team-a" }).namespace).toBe("team-a");
  });

  it("A17: are the names that logs accepts", () => {
    expect(settings({}).workloads).toEqual([
      "workspace-kernel",
      "graphstudio-backend",
      "graphstudio-frontend",
      "nexus-os",
      "postgres",
      "redis",
    ]);
    expect(settings({ "nexus:topology": "runtime" }).workloads).toContain("nexus-runtime");
    expect(settings({ "nexus:names": { kernel: "engine" } }).workloads).toContain("engine");
  });
});
