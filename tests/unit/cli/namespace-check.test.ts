import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkNamespace } from "../../../cli/namespace-check";
import { sessionWithKubectl } from "../../support/fake-kubectl";

let binDir: string;
beforeEach(() => {
  binDir = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubectl-"));
});
afterEach(() => fs.rmSync(binDir, { recursive: true }));

test("P5 A31: a namespace that somebody else made is not taken over", async () => {
  const session = sessionWithKubectl(binDir, { namespaces: [{ metadata: { name: "nexus" } }] }, "exit 1");
  await expect(checkNamespace(session)).rejects.toThrow(
    /The namespace "nexus" exists and was not made by Nexus.*set nexus:namespace in Pulumi.test.yaml to another name, or .*kubectl --context test label namespace nexus app.kubernetes.io\/part-of=nexus/,
  );
});

test("P5: one that is not there, or is ours, is used", async () => {
  await expect(checkNamespace(sessionWithKubectl(binDir, { namespaces: [] }, "exit 1"))).resolves.toBeUndefined();
});
