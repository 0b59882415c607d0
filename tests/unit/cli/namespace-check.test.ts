import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkNamespaces } from "../../../cli/namespace-check";
import { sessionWithKubectl } from "../../support/fake-kubectl";

let binDir: string;
beforeEach(() => {
  binDir = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubectl-"));
});
afterEach(() => fs.rmSync(binDir, { recursive: true }));

test("P5 A31: a namespace that somebody else made is not taken over", async () => {
  const session = sessionWithKubectl(binDir, { namespaces: [{ metadata: { name: "nexus" } }] }, "exit 1");
  await expect(checkNamespaces(session)).rejects.toThrow(
    /The namespace "nexus" exists and was not made by Nexus.*set nexus:namespace in Pulumi.test.yaml to another name, or .*kubectl --context test label namespace nexus app.kubernetes.io\/part-of=nexus/,
  );
});

test("P5: one that is not there, or is ours, is used", async () => {
  await expect(checkNamespaces(sessionWithKubectl(binDir, { namespaces: [] }, "exit 1"))).resolves.toBeUndefined();
});

test("P5 E5: a namespace of a compose project is not taken over either, and one that a project made is used", async () => {
  const made = { "app.kubernetes.io/component": "namespace", "app.kubernetes.io/managed-by": "pulumi" };
  const namespaces = [
    { metadata: { name: "nexus", labels: { "app.kubernetes.io/part-of": "nexus" } } },
    { metadata: { name: "shop", labels: { ...made, "app.kubernetes.io/part-of": "shop" } } },
    { metadata: { name: "theirs", labels: { team: "other" } } },
  ];
  const session = sessionWithKubectl(binDir, { namespaces }, "exit 1");
  const checkWith = (composeNamespaces: Record<string, string>) =>
    checkNamespaces({ ...session, settings: { ...session.settings, composeNamespaces } });
  await expect(checkWith({ "nexus:compose.shop.namespace": "shop" })).resolves.toBeUndefined();
  const error = await checkWith({
    "nexus:compose.shop.namespace": "shop",
    "nexus:compose.shop.services.web.namespace": "theirs",
  }).catch(String);
  expect(error).toMatch(/^Error: The namespace "theirs" exists[^\n]*set nexus:compose.shop.services.web.namespace in /);
  expect(error).toContain(
    "label namespace theirs app.kubernetes.io/component=namespace app.kubernetes.io/managed-by=pulumi",
  );
});
