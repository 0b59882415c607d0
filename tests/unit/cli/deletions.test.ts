import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { awaitDeletions } from "../../../cli/update/deletions";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { captureStandardError } from "../../support/standard-error";

const said = captureStandardError();
let binDir: string;
beforeEach(() => {
  binDir = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubectl-"));
});
afterEach(() => fs.rmSync(binDir, { recursive: true }));

test("P4: deletions of an interrupted update are waited for before the cluster is read", async () => {
  const asked = path.join(binDir, "asked");
  const list = (...items: object[]) => `echo '${JSON.stringify({ items })}'`;
  const kernel = { kind: "Deployment", metadata: { name: "workspace-kernel" } };
  const ending = { ...kernel, metadata: { ...kernel.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  // The second check finds it deleted.
  const session = sessionWithKubectl(
    binDir,
    { namespaces: [] },
    `if [ -e ${asked} ]; then ${list()}; touch ${asked}.again; else touch ${asked}; ${list(ending)}; fi`,
  );
  await awaitDeletions(session);
  expect(fs.existsSync(`${asked}.again`)).toBe(true);
  expect(said()).toMatch(/^ {2}ok {3}Deletions that an earlier update had begun/);
});

test("P4: without deletions there is nothing to wait for", async () => {
  const kernel = { kind: "Deployment", metadata: { name: "workspace-kernel" } };
  const session = sessionWithKubectl(binDir, { namespaces: [] }, `echo '${JSON.stringify({ items: [kernel] })}'`);
  await expect(awaitDeletions(session)).resolves.toBeUndefined();
});
