import { convertFixture } from "@nexus/testkit/compose-fixtures";
import { convertText, object, podOf } from "./support";

describe("depends_on", () => {
  it("waits for the port of the dependency, which answers when a pod is ready", () => {
    const [gate] = podOf(convertFixture("queue-workers"), "fast").spec.initContainers ?? [];
    expect(gate).toMatchObject({ name: "wait-for-rabbit", securityContext: { runAsNonRoot: true } });
    expect(JSON.stringify(gate)).toContain("nc -w 2 rabbit 5672 -e true && exit 0");
  });

  it("makes a Job of a dependency that must complete, and waits for it with the right to read only that Job", () => {
    const result = convertFixture("migration");
    expect(object(result, "Job", "migrate").spec).toMatchObject({
      backoffLimit: 0,
      template: { spec: { restartPolicy: "Never" } },
    });
    expect(object(result, "Role", "app-gate").rules).toEqual([
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "watch"], resourceNames: ["migrate"] },
    ]);
    const { spec } = podOf(result, "app");
    expect(spec.serviceAccountName).toBe("app-gate");
    expect(spec.initContainers?.map(({ name, command }) => [name, (command as string[])[0]])).toEqual([
      ["wait-for-migrate-to-exist", "kubectl"],
      ["wait-for-migrate", "kubectl"],
      ["wait-for-db", "/bin/sh"],
    ]);
    expect(JSON.stringify(spec.containers)).not.toContain("gate-token");
    expect(result.objects.some(({ kind, metadata }) => kind === "Service" && metadata.name === "migrate")).toBe(false);
  });

  it("waits for no port of a Job, which has no Service", () => {
    const text =
      "services: { a: { image: x, depends_on: { b: { condition: service_started } } }, b: { image: postgres:15, deploy: { mode: replicated-job } } }";
    const result = convertText(text);
    expect(podOf(result, "a").spec.initContainers).toBeUndefined();
    expect(result.losses).toEqual([
      expect.objectContaining({ key: "depends_on", effect: "the service does not wait: b ends, and has no Service" }),
    ]);
  });

  it("accepts other images for the gates", () => {
    const result = convertFixture("migration", { gateImages: { kubectl: "mirror/kubectl:1", wait: "mirror/wait:1" } });
    const images = podOf(result, "app").spec.initContainers?.map(({ image }) => image);
    expect(images).toEqual(["mirror/kubectl:1", "mirror/kubectl:1", "mirror/wait:1"]);
  });

  it("reports a dependency that cannot be waited for", () => {
    const result = convertText("services: { a: { image: x, depends_on: [b] }, b: { image: y } }");
    expect(result.losses).toEqual([
      expect.objectContaining({
        service: "a",
        key: "depends_on",
        effect: "the service does not wait: no TCP port of b is known",
      }),
    ]);
  });
});
