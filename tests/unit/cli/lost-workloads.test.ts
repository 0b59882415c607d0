import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { refreshWhereLost } from "../../../cli/lost-workloads";
import { sessionWithKubectl } from "../../support/fake-kubectl";

let binDir: string;
beforeEach(() => {
  binDir = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubectl-"));
});
afterEach(() => fs.rmSync(binDir, { recursive: true }));

const recorded = (type: string, name: string, namespace = "nexus") => ({
  type: `kubernetes:${type}`,
  inputs: { metadata: { name, namespace } },
});
const STATE = [
  { type: "pulumi:pulumi:Stack" },
  recorded("apps/v1:Deployment", "redis"),
  recorded("apps/v1:StatefulSet", "postgres"),
  recorded("apps/v1:Deployment", "elsewhere", "ushadow"),
  recorded("core/v1:Service", "redis"),
];

/** What `up` gets where the state is {@link STATE} and the cluster has workloads of these names. */
function refreshWith(present: readonly string[], state: object = { deployment: { resources: STATE } }) {
  const lists = { "deployments,statefulsets": present.map((name) => ({ metadata: { name } })) };
  const session = sessionWithKubectl(binDir, lists, "exit 1");
  fs.writeFileSync(path.join(binDir, "state.json"), JSON.stringify(state));
  fs.writeFileSync(path.join(binDir, "pulumi"), `#!/bin/sh\ncat ${binDir}/state.json\n`, { mode: 0o755 });
  return refreshWhereLost(session, { stack: "dev" });
}

test("P4: a workload that somebody deleted makes the next update look at the cluster", async () => {
  expect(await refreshWith(["postgres"])).toEqual(["--refresh"]);
  expect(await refreshWith([])).toEqual(["--refresh"]);
});

test("P4: a cluster that has all of them, and a stack that is new, need no look", async () => {
  expect(await refreshWith(["postgres", "redis", "another"])).toEqual([]);
  expect(await refreshWith([], {})).toEqual([]);
});
