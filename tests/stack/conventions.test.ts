import { tenantNamespaces } from "@nexus/contract";
import { recordStack, type RecordedStack } from "../support/recorded-stack";

describe.each(["dev", "staging"] as const)("P2: the resources of stack %s", (name) => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await recordStack(name);
  });

  it("have names of their own", () => {
    const names = stack.resources.map(({ type, name: resource }) => `${type} ${resource}`);
    expect(names).toEqual([...new Set(names)]);
  });

  it("belong to a component, and begin with its name", () => {
    const stray = stack.resources
      .filter(({ type }) => !type.startsWith("pulumi:"))
      .filter(({ type, options }) => options.parent === "" && !type.startsWith("nexus:"));
    expect(stray.map(({ type }) => type)).toEqual([]);
    const misnamed = stack.resources.filter(
      ({ name: resource, options }) =>
        options.parent !== "" && !resource.startsWith(options.parent.split("::").pop() ?? ""),
    );
    expect(misnamed.map(({ urn }) => urn)).toEqual([]);
  });

  it("have a parent of the right type in their URN", () => {
    const wrong = stack.resources.filter(({ urn, type, options }) => {
      const parentType = options.parent.split("::")[2]?.split("$").pop();
      return parentType !== undefined && !urn.includes(`${parentType}$${type}::`);
    });
    expect(wrong.map(({ urn }) => urn)).toEqual([]);
  });

  it("keep options out of the components' arguments", () => {
    const components = stack.resources.filter(({ custom }) => !custom);
    expect(components.length).toBeGreaterThan(10);
    const misplaced = components.filter(
      ({ inputs }) => "parent" in inputs || "provider" in inputs || "dependsOn" in inputs,
    );
    expect(misplaced.map(({ urn }) => urn)).toEqual([]);
  });

  it("go to the one named cluster: every object uses the explicit provider", () => {
    const objects = stack.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    const others = objects.filter(({ provider }) => !provider.includes("pulumi:providers:kubernetes::cluster::"));
    expect(others.map(({ urn }) => urn)).toEqual([]);
    const provider = stack.resources.find(({ type }) => type === "pulumi:providers:kubernetes");
    const context = name === "dev" ? "nexus-local" : "none";
    expect(provider?.inputs).toMatchObject({ context, clusterIdentifier: context, enableServerSideApply: "true" });
  });

  it("are applied under one field manager, so that an `up` after a killed one can continue", () => {
    const managers = stack.manifests.map(({ metadata }) => metadata.annotations?.["pulumi.com/patchFieldManager"]);
    expect([...new Set(managers)]).toEqual(["nexus"]);
  });

  it("are reset after a change by hand, instead of ending in a conflict", () => {
    const forced = stack.manifests.map(({ metadata }) => metadata.annotations?.["pulumi.com/patchForce"]);
    expect([...new Set(forced)]).toEqual(["true"]);
  });

  it(`${name === "staging" ? "are" : "are not"} protected where they hold data`, () => {
    const isProtected = stack.resources.filter(({ options }) => options.protect).map(({ type }) => type);
    const data = ["kubernetes:core/v1:Namespace", "kubernetes:apps/v1:StatefulSet"];
    expect(isProtected.sort()).toEqual(name === "staging" ? data.sort() : []);
  });

  it("name the stack that made them, so that no other stack takes them over", () => {
    const marks = stack.manifests.map(({ metadata }) => metadata.annotations?.["nexus/stack"]);
    expect([...new Set(marks)]).toEqual([`nexus/${name}`]);
  });

  it("carry the common labels and a fixed name", () => {
    for (const { kind, metadata } of stack.manifests) {
      expect({ kind, labels: metadata.labels }).toEqual({
        kind,
        labels: expect.objectContaining({
          "app.kubernetes.io/name": expect.any(String),
          "app.kubernetes.io/component": expect.any(String),
          "app.kubernetes.io/part-of": "nexus",
          "app.kubernetes.io/managed-by": "pulumi",
        }),
      });
      expect(metadata.name).toMatch(/^[a-z0-9][-a-z0-9]*$/);
    }
  });
});

describe("B6 B7 B8 B9 B10: the objects", () => {
  const both = [
    "ConfigMap/nexus-config",
    "Namespace/nexus",
    "Secret/nexus-secrets",
    "Deployment/graphstudio-backend",
    "Deployment/graphstudio-frontend",
    "Deployment/redis",
    "Deployment/workspace-kernel",
    "StatefulSet/postgres",
    "Deployment/nexus-os",
    "HorizontalPodAutoscaler/nexus-os",
    "NetworkPolicy/nexus-os",
    "Service/nexus-os",
    "ServiceAccount/nexus-os",
    "HorizontalPodAutoscaler/workspace-kernel",
    "PodDisruptionBudget/nexus-os",
    "PodDisruptionBudget/workspace-kernel",
    "Job/graphstudio-backend-migrate",
    "Job/workspace-kernel-migrate",
    "CronJob/postgres-backup",
    "CronJob/postgres-drill",
    "NetworkPolicy/postgres-backup",
    "PersistentVolumeClaim/postgres-backup",
    "ServiceAccount/postgres-backup",
    "NetworkPolicy/deny-all",
    "NetworkPolicy/dns",
    "NetworkPolicy/nexus-debug",
    "NetworkPolicy/graphstudio-backend",
    "NetworkPolicy/graphstudio-backend-migrate",
    "NetworkPolicy/graphstudio-frontend",
    "NetworkPolicy/postgres",
    "NetworkPolicy/redis",
    "NetworkPolicy/workspace-kernel",
    "NetworkPolicy/workspace-kernel-migrate",
    "Service/graphstudio-backend",
    "Service/graphstudio-frontend",
    "Service/postgres",
    "Service/redis",
    "Service/workspace-kernel",
    "ServiceAccount/graphstudio-backend",
    "ServiceAccount/graphstudio-backend-migrate",
    "ServiceAccount/graphstudio-frontend",
    "ServiceAccount/postgres",
    "ServiceAccount/redis",
    "ServiceAccount/workspace-kernel",
    "ServiceAccount/workspace-kernel-migrate",
    "Ingress/nexus",
  ];
  const list = ({ manifests }: RecordedStack) =>
    manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();

  it("of dev are exactly these", async () => {
    const kinds = ["Namespace", "NetworkPolicy", "ResourceQuota", "Role", "RoleBinding"];
    const own = tenantNamespaces("nexus", 3).flatMap((namespace) => kinds.map((kind) => `${kind}/${namespace}`));
    expect(list(await recordStack("dev"))).toEqual([...both, ...own].sort());
  });

  it("of staging are the same with quotas", async () => {
    const more = ["LimitRange/nexus", "ResourceQuota/nexus"];
    expect(list(await recordStack("staging"))).toEqual([...both, ...more].sort());
  });

  it("are in the namespace that the stack sets", async () => {
    const { manifests, manifest } = await recordStack("dev", { namespace: "team-a" });
    expect(manifest("Namespace", "team-a").metadata.name).toBe("team-a");
    const namespaces = manifests.filter(({ kind }) => kind !== "Namespace").map(({ metadata }) => metadata.namespace);
    expect([...new Set(namespaces)].sort()).toEqual(["team-a", ...tenantNamespaces("team-a", 3)]);
  });
});

test("P1: every pod and every migration of a stack gets the time that `nexus:rollout` says, and the engine a little more", async () => {
  const { resources } = await recordStack("dev", { rollout: { deadlineSeconds: 45 } });
  const limits = resources
    .filter(({ type }) => /:(Deployment|StatefulSet|Job)$/.test(type))
    .map(({ name, type, inputs, options }) => {
      const spec = inputs.spec as { progressDeadlineSeconds?: number; activeDeadlineSeconds?: number };
      const cluster = type.endsWith(":StatefulSet") ? 45 : (spec.progressDeadlineSeconds ?? spec.activeDeadlineSeconds);
      return [name, cluster, options.customTimeouts?.create];
    });
  expect(limits.length).toBeGreaterThan(6);
  // The autoscaler may run several pods of these, which are replaced one after another.
  const several = ["kernel-workload", "nexus-os-workload"];
  expect(limits).toEqual(limits.map(([name]) => [name, 45, several.includes(String(name)) ? "165s" : "60s"]));
});
