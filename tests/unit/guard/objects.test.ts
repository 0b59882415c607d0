import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { presets } from "../../../config/presets";
import { type Found, lookUp } from "../../../components/guard/look-up";
import { pathOf, type PlannedObject, resourceOf, titleOf } from "../../../components/guard/planned-object";
import { type ObjectApi, SERVED, startObjectApi } from "../../support/fake-object-api";
import { kubeconfigFolder } from "../../support/kubeconfig-file";
import { type Manifest, recordStackAnew } from "../../support/recorded-stack";

const folder = kubeconfigFolder();
let api: ObjectApi;
let kubeconfig: string;
beforeAll(async () => {
  // The printed losses of compose projects are not used here.
  jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  api = await startObjectApi();
  kubeconfig = folder.write("config", [{ name: "team", server: api.url }]);
});
afterAll(async () => {
  await api.close();
  folder.remove();
});

const kinds = new Set<string>();
const foreign = (object: PlannedObject): Found => ({ object, metadata: {} });
const fixture = (name: string) => path.resolve(__dirname, "../../fixtures/compose", name);

/** Compose projects with every kind of object that a project can become. */
const compose = Object.fromEntries(
  ["migration", "monitoring", "shared-volume", "namespaces"].map((name) => [
    name,
    { files: [fixture(`${name}.yaml`)], namespace: `compose-${name}` },
  ]),
);
const composeSecrets = JSON.stringify({ monitoring: { GRAFANA_ADMIN: "not guessed" } });
const stacks = [
  ...Object.keys(presets).map((topology) => [topology, "dev", { topology, networking: {}, logLevel: "" }, {}] as const),
  ["staging", "staging", {}, {}] as const,
  ["dev with compose projects", "dev", { compose }, { composeSecrets }] as const,
  [
    "dev with CloudNativePG",
    "dev",
    { postgres: { mode: "cloudnativepg", backup: { s3: { bucket: "nexus-backups" } } } },
    { backupAccessKey: "access-key", backupSecretKey: "secret-key" },
  ] as const,
];

describe.each(stacks)("the objects of %s", (_name, stack, changes, secrets) => {
  test("are all looked up before any is created, and an object of somebody else stops the program, whatever its kind", async () => {
    let asked: readonly PlannedObject[] = [];
    const free = await recordStackAnew(stack, changes, secrets, (_cluster, objects) => {
      asked = objects;
      return Promise.resolve([]);
    });
    const made = free.manifests.map((one: Manifest) => titleOf({ ...one, ...one.metadata } as never));
    expect(asked.map(titleOf).sort()).toEqual(made.sort());

    for (const object of asked) {
      api.objects[pathOf(object)] = {};
      kinds.add(resourceOf(object).replace(/\..*/, ""));
    }
    const found = await lookUp({ context: "team", kubeconfig }, asked);
    expect(found).toEqual(asked.map(foreign));

    const stopped = recordStackAnew(stack, changes, secrets, (cluster, objects) =>
      lookUp({ ...cluster, context: "team", kubeconfig }, objects),
    );
    const message = await stopped.then(() => "", String);
    for (const object of asked) expect(message).toContain(`\n  ${titleOf(object)}: made by somebody unknown`);
  });
});

test("those stacks have every known kind, so that each is tested", () => {
  expect([...kinds].sort()).toEqual(Object.values(SERVED).flat().sort());
});
