import * as path from "node:path";
import { runProgram } from "@nexus/host";
import type { Session } from "../../../cli/session";
import { awaitRollouts } from "../../../cli/update/rollouts";
import { EngineCluster } from "../../support/engine-cluster";
import type { EngineStack } from "../../support/engine-stack";
import { sessionWithKubectl } from "../../support/fake-kubectl";

const SPACE = "/namespaces/nexus";
let cluster: EngineCluster;
let stack: EngineStack;

const image = (name: string) => `registry.invalid/nexus/${name}@sha256:${"a".repeat(64)}`;
beforeAll(async () => {
  cluster = await EngineCluster.start();
  stack = await cluster.stack("dev");
  const services = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "nexus-os"];
  const references = Object.fromEntries(services.map((name) => [name, image(name)]));
  stack.configure({ topology: "full", images: { builder: "prebuilt", references } });
  await stack.upOk();
});
afterAll(() => cluster?.stop());

const drift = (...args: string[]) => stack.nexus("drift", ...args);
const patch = (url: string, body: object, manager: string, type = "application/merge-patch+json") =>
  cluster.request("PATCH", `${url}?fieldManager=${manager}`, body, type);
const deployment = (name: string) => `/apis/apps/v1${SPACE}/deployments/${name}`;
const wanted = async (name: string) =>
  (await cluster.request<{ spec: { replicas: number } }>("GET", deployment(name))).spec.replicas;

test("P4 F7: five changes by hand are named with field and manager, an autoscaler's is not, and `up` repairs them", async () => {
  expect(await drift()).toEqual({
    code: 0,
    output: expect.stringContaining("Nobody changed the objects of stack dev since its last update.\n"),
  });
  const strategic = "application/strategic-merge-patch+json";
  const containers = [{ name: "graphstudio-frontend", image: "registry.invalid/other" }];
  await patch(
    deployment("graphstudio-frontend"),
    { spec: { template: { spec: { containers } } } },
    "kubectl-set",
    strategic,
  );
  await patch(`${deployment("redis")}/scale`, { spec: { replicas: 2 } }, "kubectl-scale");
  await patch(`/api/v1${SPACE}/configmaps/nexus-config`, { data: { LOG_LEVEL: "error" } }, "kubectl-edit");
  await patch(`/api/v1${SPACE}/services/nexus-os`, { metadata: { labels: { team: "a" } } }, "kubectl-label");
  await cluster.request("DELETE", `/apis/networking.k8s.io/v1${SPACE}/networkpolicies/postgres`);
  await patch(`${deployment("workspace-kernel")}/scale`, { spec: { replicas: 4 } }, "kube-controller-manager");
  const before = stack.state();
  const { code, output } = await drift("--markdown");
  expect(code).toBe(2);
  const rows = output.split("\n").flatMap((line) => (line.startsWith("| ") ? [line.slice(2, -2).split(" | ")] : []));
  const up = "npm run up -- --stack dev";
  const decoded = rows
    .slice(2)
    .map((row) => row.map((text) => text.replace(/&#(\d+);/g, (_, n) => String.fromCharCode(n))));
  expect(decoded.map(([object, field, by, , undo]) => [object, field, by, undo]).sort()).toEqual(
    [
      ["ConfigMap nexus/nexus-config", "data.LOG_LEVEL", "kubectl-edit", up],
      [
        "Deployment nexus/graphstudio-frontend",
        "spec.template.spec.containers[name=graphstudio-frontend].image",
        "kubectl-set",
        up,
      ],
      ["Deployment nexus/redis", "spec.replicas", "kubectl-scale", up],
      ["NetworkPolicy nexus/postgres", "all of it", "deleted", up],
      ["Service nexus/nexus-os", "metadata.labels.team", "kubectl-label", "kubectl -n nexus edit services nexus-os"],
    ].sort(),
  );
  // It writes nothing.
  expect(stack.state()).toEqual(before);
  await stack.upOk("--refresh");
  expect(await drift()).toMatchObject({ code: 0 });
  expect([await wanted("redis"), await wanted("workspace-kernel")]).toEqual([1, 4]);
  const config = await cluster.request<{ data: Record<string, string> }>(
    "GET",
    `/api/v1${SPACE}/configmaps/nexus-config`,
  );
  expect(config.data.LOG_LEVEL).not.toBe("error");
});

test("the printed command cures a workload that somebody scaled to 0 pods", async () => {
  const { kubeconfig, binDir } = cluster;
  const { settings } = sessionWithKubectl(path.dirname(stack.file), {}, "true");
  const session: Session = {
    settings: { ...settings, context: "test", kubeconfig },
    variables: {},
    binDir,
    platform: undefined,
  };
  await cluster.kubectl("--namespace", "nexus", "scale", "deployment/workspace-kernel", "--replicas=0");
  const failure = await awaitRollouts(session).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
  const [, fix = ""] = /deployment\/workspace-kernel: somebody scaled it to 0 pods\. Fix: (.*)$/m.exec(failure) ?? [];
  await runProgram("sh", ["-c", fix], { env: { ...process.env, PATH: `${binDir}:${process.env.PATH ?? ""}` } });
  await expect(awaitRollouts(session)).resolves.toBeUndefined();
});
