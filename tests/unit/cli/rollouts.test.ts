import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { awaitRollouts } from "../../../cli/update/rollouts";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { captureStandardError } from "../../support/standard-error";

const said = captureStandardError();
let binDir: string;
beforeEach(() => {
  binDir = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubectl-"));
});
afterEach(() => fs.rmSync(binDir, { recursive: true }));

const KINDS = "deployments,statefulsets,horizontalpodautoscalers";
const workload = (kind: string, name: string, spec: object = {}) => ({ kind, metadata: { name }, spec });

test("A38: an update that Pulumi reports as complete fails if a workload's pods do not become ready", async () => {
  const workloads = [
    workload("Deployment", "graphstudio-frontend", { progressDeadlineSeconds: 45 }),
    workload("StatefulSet", "postgres"),
  ];
  const broken =
    'echo waiting; echo "error: deployment \\"graphstudio-frontend\\" exceeded its progress deadline" >&2; exit 1';
  const session = sessionWithKubectl(
    binDir,
    { [KINDS]: workloads },
    `echo "$*" >> ${binDir}/asked; case "$*" in *frontend*) ${broken} ;; esac`,
  );
  await expect(awaitRollouts(session)).rejects.toThrow(
    "The update is done, but some pods did not become ready\n" +
      '  deployment/graphstudio-frontend: deployment "graphstudio-frontend" exceeded its progress deadline',
  );
  expect(said()).toMatch(/^ {2}FAIL Pods of every workload/m);
  const asked = fs.readFileSync(path.join(binDir, "asked"), "utf8").trim().split("\n").sort();
  expect(asked).toEqual([
    "--context test --namespace nexus rollout status deployment/graphstudio-frontend --timeout=45s",
    "--context test --namespace nexus rollout status statefulset/postgres --timeout=180s",
  ]);
});

test("A38: an update whose pods are all ready is well", async () => {
  const session = sessionWithKubectl(binDir, { [KINDS]: [workload("Deployment", "redis")] }, "true");
  await expect(awaitRollouts(session)).resolves.toBeUndefined();
  expect(said()).toMatch(/^ {2}ok {3}Pods of every workload/m);
});

test("A38: a workload that somebody scaled to zero is an error, and the printed command restores it", async () => {
  const stopped = [workload("Deployment", "workspace-kernel", { replicas: 0 })];
  const session = sessionWithKubectl(binDir, { [KINDS]: stopped }, "true");
  await expect(awaitRollouts(session)).rejects.toThrow(
    "deployment/workspace-kernel: somebody scaled it to 0 pods. " +
      "Fix: kubectl --context test --namespace nexus scale deployment/workspace-kernel --replicas=1",
  );
});

const autoscaler = (name: string, minReplicas: number) =>
  workload("HorizontalPodAutoscaler", name, { minReplicas, scaleTargetRef: { kind: "Deployment", name } });

test("A38 C11: an update waits until an autoscaler asks for its minimum of pods, and then for these", async () => {
  const list = (replicas: number) => ({
    items: [
      workload("Deployment", "workspace-kernel", { replicas }),
      workload("Deployment", "redis", { replicas: 1 }),
      autoscaler("workspace-kernel", 2),
      autoscaler("somebody-elses", 5),
    ],
  });
  for (const replicas of [1, 2])
    fs.writeFileSync(path.join(binDir, `list-${replicas}`), JSON.stringify(list(replicas)));
  // The second look shows what the autoscaler did.
  const answer = `cat ${binDir}/list-1; cp ${binDir}/list-2 ${binDir}/list-1; echo "$*" >> ${binDir}/asked`;
  const session = sessionWithKubectl(binDir, {}, answer);
  await expect(awaitRollouts(session)).resolves.toBeUndefined();
  const asked = fs.readFileSync(path.join(binDir, "asked"), "utf8").trim().split("\n");
  expect(asked.map((line) => / (get|rollout) /.exec(line)?.[1])).toEqual(["get", "get", "rollout", "rollout"]);
});

test("A38: a workload that has no pods and an autoscaler is named without waiting for the autoscaler", async () => {
  const objects = [workload("Deployment", "workspace-kernel", { replicas: 0 }), autoscaler("workspace-kernel", 2)];
  const session = sessionWithKubectl(binDir, { [KINDS]: objects }, "true");
  await expect(awaitRollouts(session)).rejects.toThrow(
    /^ {2}deployment\/workspace-kernel: somebody scaled it to 0 pods\..* --replicas=2$/m,
  );
});
