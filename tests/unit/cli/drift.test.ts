import * as path from "node:path";
import { pathOf } from "../../../components/guard/planned-object";
import type { ExportedStack } from "../../../cli/pulumi";
import { hasDrifted } from "../../../cli/update/drift";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { type ObjectApi, startObjectApi } from "../../support/fake-object-api";
import { kubeconfigFolder } from "../../support/kubeconfig-file";
import { captureStandardError } from "../../support/standard-error";

const said = captureStandardError();
const folder = kubeconfigFolder();
let api: ObjectApi;
beforeAll(async () => {
  api = await startObjectApi();
});
afterEach(() => {
  for (const object of Object.keys(api.objects)) delete api.objects[object];
});
afterAll(async () => {
  await api.close();
  folder.remove();
});

const own = { manager: "nexus", operation: "Apply", time: "2026-01-02T03:04:05Z" };
const recorded = (type: string, name: string, namespace: string, more?: object) => ({
  urn: `urn:pulumi:test::nexus::${type}::${name}`,
  type,
  outputs: { metadata: { name, namespace, managedFields: [own] } },
  ...more,
});
const STATE = [
  { urn: "urn:pulumi:test::nexus::pulumi:pulumi:Stack::nexus-test", type: "pulumi:pulumi:Stack" },
  recorded("kubernetes:apps/v1:Deployment", "redis", "nexus"),
  // An object of a compose project.
  recorded("kubernetes:core/v1:Service", "wiki", "wiki"),
  recorded("kubernetes:batch/v1:Job", "migrate", "nexus"),
  recorded("kubernetes:apps/v1:Deployment", "before", "nexus", { delete: true }),
];
const REDIS = pathOf({ apiVersion: "apps/v1", kind: "Deployment", name: "redis", namespace: "nexus" });
const WIKI = pathOf({ apiVersion: "v1", kind: "Service", name: "wiki", namespace: "wiki" });

type Resources = NonNullable<NonNullable<ExportedStack["deployment"]>["resources"]>;

/** Whether a command refreshes the state if that is {@link STATE} and the cluster has these objects. */
async function driftedWith(objects: Readonly<Record<string, object>>, resources: Resources = STATE) {
  Object.assign(api.objects, objects);
  const binDir = path.dirname(folder.path("pulumi"));
  const session = sessionWithKubectl(binDir, {}, "exit 1");
  const kubeconfig = folder.write("config", [{ name: "test", server: api.url }]);
  return hasDrifted({ ...session, settings: { ...session.settings, kubeconfig } }, { deployment: { resources } });
}

const AS_LEFT = { managedFields: [own] };

test("P4: an unchanged cluster and a new stack need no refresh", async () => {
  expect(await driftedWith({ [REDIS]: AS_LEFT, [WIKI]: AS_LEFT })).toBe(false);
  expect(await driftedWith({}, [])).toBe(false);
  expect(said()).toBe("");
});

test("P4: a deleted object, in any namespace, makes the next command refresh the state", async () => {
  expect(await driftedWith({ [REDIS]: AS_LEFT })).toBe(true);
  expect(said()).toBe("Since the last update somebody else deleted Service wiki/wiki; reading the whole cluster.\n");
});

test("P4: an object that somebody changed makes the next command refresh the state", async () => {
  const edited = {
    managedFields: [own, { manager: "kubectl-edit", operation: "Update", time: "2026-01-03T00:00:00Z" }],
  };
  expect(await driftedWith({ [REDIS]: edited, [WIKI]: AS_LEFT })).toBe(true);
  expect(said()).toBe(
    "Since the last update somebody else changed Deployment nexus/redis (kubectl-edit, 2026-01-03T00:00:00Z); " +
      "reading the whole cluster.\n",
  );
});
