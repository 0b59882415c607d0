import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import { STOP_BEFORE_LOSS } from "../../../components/guard";
import { type Found, lookUp, type Metadata } from "../../../components/guard/look-up";
import { pathOf, type PlannedObject } from "../../../components/guard/planned-object";
import { strangers, strangersError } from "../../../components/guard/strangers";
import { runProgram, type RunOptions } from "../../support/fake-engine";
import { type ObjectApi, startObjectApi } from "../../support/fake-object-api";
import { kubeconfigFolder } from "../../support/kubeconfig-file";

const deployment: PlannedObject = { apiVersion: "apps/v1", kind: "Deployment", name: "redis", namespace: "nexus" };
const secret: PlannedObject = { apiVersion: "v1", kind: "Secret", name: "nexus-secrets", namespace: "nexus" };
const namespace: PlannedObject = { apiVersion: "v1", kind: "Namespace", name: "nexus", namespace: undefined };

const REPLICAS = { fieldsV1: { "f:spec": { "f:replicas": {} } } };

const folder = kubeconfigFolder();
let api: ObjectApi;
let kubeconfig: string;
beforeAll(async () => {
  api = await startObjectApi();
  kubeconfig = folder.write("config", [
    { name: "team", server: api.url },
    { name: "expired", server: api.url, token: "old" },
    { name: "gone", server: "http://127.0.0.1:1" },
  ]);
});
afterEach(() => {
  for (const record of [api.objects, api.faults]) for (const key of Object.keys(record)) delete record[key];
});
afterAll(async () => {
  await api.close();
  folder.remove();
});

describe("whose an object is", () => {
  const applied = { manager: "nexus", operation: "Apply" };
  const byKubectl = { manager: "kubectl-create", operation: "Update" };
  const rows: [what: string, ours: boolean, metadata: Metadata][] = [
    ["this stack's, by its mark", true, { annotations: { "nexus/stack": "nexus/dev" }, managedFields: [applied] }],
    ["half made by an `up` that was killed", true, { annotations: { "nexus/stack": "nexus/dev" } }],
    ["handed over by somebody", true, { annotations: { "nexus/stack": "nexus/dev" }, managedFields: [byKubectl] }],
    ["of a release without marks", true, { managedFields: [byKubectl, applied] }],
    ["this stack's, edited by hand until no label is left", true, { labels: {}, managedFields: [applied, byKubectl] }],
    ["another stack's", false, { annotations: { "nexus/stack": "nexus/staging" }, managedFields: [applied] }],
    ["another project's", false, { annotations: { "nexus/stack": "other/dev" }, managedFields: [applied] }],
    ["made with kubectl", false, { managedFields: [byKubectl] }],
    ["made with the labels of Nexus", false, { labels: { "app.kubernetes.io/part-of": "nexus" } }],
    [
      "made by another program of Pulumi",
      false,
      { managedFields: [{ manager: "pulumi-kubernetes-1a2b", operation: "Apply" }] },
    ],
    ["written by another program called nexus", false, { managedFields: [{ manager: "nexus", operation: "Update" }] }],
    ["made by nobody knows whom", false, {}],
  ];
  test.each(rows)("%s: ours is %s", (_what, ours, metadata) => {
    const found = [{ object: deployment, metadata }];
    expect(strangers(found, "nexus/dev")).toEqual(ours ? [] : found);
  });
});

test("A31: the error names every object, who made it and when, and the commands to inspect it and to hand it over", () => {
  const found: Found[] = [
    {
      object: deployment,
      metadata: {
        labels: { "app.kubernetes.io/managed-by": "Helm" },
        creationTimestamp: "2026-01-02T03:04:05Z",
        managedFields: [
          { manager: "kubectl-edit", time: "2026-01-03T00:00:00Z" },
          { manager: "helm", time: "2026-01-02T03:04:05Z" },
          { manager: "kube-controller-manager", time: "2026-01-02T03:04:05Z", subresource: "status" },
          { manager: "helm", time: "2026-01-04T00:00:00Z" },
        ],
      },
    },
    { object: secret, metadata: { annotations: { "nexus/stack": "nexus/staging" } } },
    {
      object: namespace,
      metadata: { deletionTimestamp: "2026-01-02T03:04:05Z", managedFields: [{ manager: "\u001b[2J" }] },
    },
  ];
  expect(strangersError(found, { context: "team", kubeconfig: undefined }, "nexus/dev").problems).toEqual([
    "Deployment nexus/redis: made by helm, kubectl-edit, managed by Helm, since 2026-01-02T03:04:05Z",
    "  whose it is:  kubectl --context team -n nexus get deployments.apps redis -o yaml --show-managed-fields",
    "  hand it over: kubectl --context team -n nexus annotate --overwrite deployments.apps redis nexus/stack=nexus/dev",
    "Secret nexus/nexus-secrets: of the stack nexus/staging",
    "  whose it is:  kubectl --context team -n nexus get secrets nexus-secrets -o yaml --show-managed-fields",
    "  hand it over: kubectl --context team -n nexus annotate --overwrite secrets nexus-secrets nexus/stack=nexus/dev",
    "Namespace nexus: made by .[2J, being deleted: wait until it is gone",
    "  whose it is:  kubectl --context team get namespaces nexus -o yaml --show-managed-fields",
    "  hand it over: kubectl --context team annotate --overwrite namespaces nexus nexus/stack=nexus/dev",
    expect.stringMatching(/^Fix: use another namespace \(nexus:namespace, .* other names \(nexus:names\), delete/),
  ]);
  const { message } = strangersError(found, { context: "team", kubeconfig: "/home/me/kube" }, "nexus/dev");
  expect(message).toContain("kubectl --kubeconfig /home/me/kube --context team -n nexus get deployments.apps redis");
  expect(message).toMatch(/^Objects that the stack nexus\/dev would create exist already.* Nothing was changed:\n/);
});

describe("asking the cluster", () => {
  const ask = (context: string) => lookUp({ context, kubeconfig }, [namespace, deployment, secret]);

  test("finds the existing objects, and reads only metadata", async () => {
    api.objects[pathOf(deployment)] = { creationTimestamp: "2026-01-02T03:04:05Z" };
    expect(await ask("team")).toEqual([{ object: deployment, metadata: api.objects[pathOf(deployment)] }]);
    const forms = new Set(api.requests.map(({ accept }) => accept.split(",")[0]));
    expect([...forms]).toEqual(["application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"]);
  });

  const faults: [what: string, context: string, faults: Record<string, number>, problems: RegExp[]][] = [
    [
      "rights that are missing",
      "team",
      { secrets: 403, namespaces: 403 },
      [
        /may not get namespaces in the cluster\. Fix: grant/,
        /may not get secrets in namespace nexus\. Fix: grant the verb get/,
      ],
    ],
    [
      "a kind that the cluster does not have",
      "team",
      { deployments: 404 },
      [/no objects of the kind Deployment \(apps\/v1\)\. Fix/],
    ],
    [
      "a server in trouble",
      "team",
      { secrets: 503 },
      [/context team at \S+ is unreachable: it answered HTTP 503\. Fix/],
    ],
    [
      "credentials that are not accepted",
      "expired",
      {},
      [/does not accept the credentials of user "expired-user" \(context expired\)/],
    ],
    ["a cluster that is down", "gone", {}, [/context gone at http:\/\/127\.0\.0\.1:1 is unreachable: .*ECONNREFUSED/]],
    ["a context that is not there", "none", {}, [/no context "none" in .*config/]],
  ];
  test.each(faults)("reports %s", async (_what, context, given, problems) => {
    Object.assign(api.faults, given);
    const error = await ask(context).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ problems: problems.map((text) => expect.stringMatching(text) as unknown) });
    expect((error as Error).message).toMatch(
      /^The objects of this stack cannot be looked up .* nothing was changed:\n/,
    );
  });
});

describe("the program, run as Pulumi runs it", () => {
  const stackConfig = () => ({
    "nexus:cluster": JSON.stringify({ kind: "context", context: "team", kubeconfig }),
    "nexus:images": JSON.stringify({ builder: "buildkit", registry: "registry.example.com/team" }),
  });
  const run = (preview: boolean, options: Partial<RunOptions> = {}) =>
    runProgram("dev", stackConfig(), { preview, ...options });

  test.each([
    ["up", false],
    ["preview", true],
  ])(
    "P5: `pulumi %s` registers and builds nothing if an object belongs to somebody else",
    async (_command, preview) => {
      api.objects[pathOf(deployment)] = { managedFields: [{ manager: "kubectl-create", operation: "Update" }] };
      const stopped = await run(preview);
      expect(stopped).toEqual({
        exitCode: 32,
        registered: ["pulumi:pulumi:Stack"],
        errors: [expect.stringContaining("Deployment nexus/redis: made by kubectl-create") as unknown],
        warnings: [],
        output: "",
      });
    },
  );

  test("P5: it continues if no object of its names belongs to somebody else", async () => {
    api.objects[pathOf(deployment)] = { annotations: { "nexus/stack": "nexus/dev" } };
    const ran = await run(false);
    expect(ran).toMatchObject({ exitCode: 0, errors: [] });
    expect(ran.registered).toEqual(
      expect.arrayContaining(["kubernetes:apps/v1:Deployment", "docker-build:index:Image"]),
    );
  });

  /** A state whose namespace has another name than the present configuration. */
  const renamed = {
    "urn:pulumi:dev::nexus::nexus:environment:Environment$kubernetes:core/v1:Namespace::environment": {
      type: "kubernetes:core/v1:Namespace",
      outputs: { metadata: { name: "before" } },
    },
  };
  const LOSS = "This update deletes the namespace before with everything in it.";

  test.each([
    ["up", false],
    ["preview", true],
  ])("P5: plain `pulumi %s` says in one sentence what a change deletes", async (_command, preview) => {
    expect(await run(preview, { recorded: renamed })).toMatchObject({ exitCode: 0, errors: [], warnings: [LOSS] });
  });

  test("P5: an update to another mode of the database registers nothing, unless it fills the new one from a backup", async () => {
    const release = { number: 1, configuration: { "nexus:postgres": '{"mode":"cloudnativepg"}' }, images: {} };
    const recorded = {
      "urn:pulumi:dev::nexus::nexus:releases:Releases$kubernetes:core/v1:ConfigMap::releases": {
        type: "kubernetes:core/v1:ConfigMap",
        outputs: { metadata: { name: "nexus-releases" }, data: { "1": JSON.stringify(release) } },
      },
    };
    const stopped = await run(false, { recorded });
    expect(stopped).toMatchObject({ exitCode: 32, registered: ["pulumi:pulumi:Stack"] });
    expect(stopped.errors).toEqual([
      expect.stringMatching(
        /^The data of the database would not move along\. Nothing was changed:\n.*"builtin", and the data is in "cloudnativepg"/,
      ),
    ]);
    const filled = { ...stackConfig(), "nexus:postgres": JSON.stringify({ restoreFrom: "000042-20260102T030405Z" }) };
    expect(await runProgram("dev", filled, { preview: false, recorded })).toMatchObject({ exitCode: 0, errors: [] });
  });

  test("P5: an update that needs approval stops before it changes anything, and says what it would delete", async () => {
    const file = folder.path("loss");
    const env = { [STOP_BEFORE_LOSS]: file };
    const stopped = await run(false, { recorded: renamed, env });
    expect(stopped).toMatchObject({ exitCode: 32, registered: ["pulumi:pulumi:Stack"], warnings: [] });
    expect(stopped.errors).toEqual([
      expect.stringMatching(/^This update deletes .*\n {2}Nothing was changed\.\n {2}Fix: /),
    ]);
    expect(fs.readFileSync(file, "utf8")).toBe(LOSS);
    expect(await run(true, { recorded: renamed, env })).toMatchObject({ exitCode: 0, warnings: [LOSS] });
    expect(await run(false, { env })).toMatchObject({ exitCode: 0, warnings: [] });
  });

  test.each([
    ["up", false],
    ["preview", true],
  ])(
    "X17: plain `pulumi %s` of staging refuses the passphrase of dev, which is published",
    async (_command, preview) => {
      const config = {
        "nexus:networking": JSON.stringify({ ingress: { host: "nexus.example.com", tls: { secretName: "tls" } } }),
      };
      const options = { preview, env: { PULUMI_CONFIG_PASSPHRASE: "nexus-dev" } };
      const refused = await runProgram(
        "staging",
        { ...stackConfig(), ...config, "nexus:quotas": JSON.stringify({ pods: 50 }) },
        options,
      );
      expect(refused).toMatchObject({ exitCode: 32, registered: ["pulumi:pulumi:Stack"] });
      expect(refused.errors).toEqual([
        expect.stringMatching(/passphrase of dev, which is published[^]*change-secrets-provider/),
      ]);
    },
  );

  test("P4: plain `pulumi preview` names the objects that somebody else deleted or changed, and how to undo that", async () => {
    const own = { manager: "nexus", operation: "Apply", time: "2026-01-02T03:04:05Z" };
    const scaled = { manager: "kubectl", operation: "Update", subresource: "scale", time: "2026-01-03T00:00:00Z" };
    const state = (name: string, type: string, object: string) => [
      `urn:pulumi:dev::nexus::${type}::${name}`,
      { type, outputs: { metadata: { name: object, namespace: "nexus", managedFields: [{ ...own, ...REPLICAS }] } } },
    ];
    const recorded = Object.fromEntries([
      state("data-redis-workload", "kubernetes:apps/v1:Deployment", "redis"),
      state("secrets", "kubernetes:core/v1:Secret", "nexus-secrets"),
    ]) as RunOptions["recorded"];
    const mark = { annotations: { "nexus/stack": "nexus/dev" } };
    api.objects[pathOf(deployment)] = { ...mark, managedFields: [own, { ...scaled, ...REPLICAS }] };
    expect((await run(true, { recorded })).warnings).toEqual([
      "Since the last update somebody else deleted Secret nexus/nexus-secrets and " +
        "changed Deployment nexus/redis (kubectl, 2026-01-03T00:00:00Z). Without --refresh, that is not undone.",
    ]);
  });
});
