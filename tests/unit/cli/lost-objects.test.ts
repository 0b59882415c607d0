import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { hasLostObjects } from "../../../cli/update/lost-objects";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { captureStandardError } from "../../support/standard-error";

const said = captureStandardError();
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
  recorded("autoscaling/v2:HorizontalPodAutoscaler", "workspace-kernel"),
  recorded("batch/v1:Job", "migrate"),
];

/** Whether `up` looks at the cluster where the state is {@link STATE} and the cluster has these objects. */
function lostWith(present: readonly string[], state: object = { deployment: { resources: STATE } }) {
  const list = present.map((object) => `echo ${object};`).join(" ");
  const kinds = "deployment,statefulset,service,horizontalpodautoscaler";
  const session = sessionWithKubectl(binDir, {}, `case "$*" in *" get ${kinds} -o name") ${list} ;; *) exit 1 ;; esac`);
  fs.writeFileSync(path.join(binDir, "state.json"), JSON.stringify(state));
  fs.writeFileSync(path.join(binDir, "pulumi"), `#!/bin/sh\ncat ${binDir}/state.json\n`, { mode: 0o755 });
  return hasLostObjects(session, { stack: "dev" });
}

const ALL = [
  "deployment.apps/redis",
  "statefulset.apps/postgres",
  "service/redis",
  "horizontalpodautoscaler.autoscaling/workspace-kernel",
];

test.each(ALL)("P4: %s, which somebody deleted, makes the next update look at the cluster", async (lost) => {
  expect(await lostWith(ALL.filter((object) => object !== lost))).toBe(true);
  expect(said()).toBe(`The cluster has lost ${lost.replace(/\.[^/]*/, "")}; looking at all of it.\n`);
});

test("P4: a cluster that has everything, and a stack that is new, need no look", async () => {
  expect(await lostWith([...ALL, "service/another"])).toBe(false);
  expect(await lostWith([], {})).toBe(false);
  expect(said()).toBe("");
});
