import { containerOf, podTemplates, recordStack, type RecordedStack } from "../support/recorded-stack";

let stack: RecordedStack;
beforeAll(async () => {
  stack = await recordStack("dev");
});

describe("the backend", () => {
  it("A4: is one pod behind a ClusterIP on 3000", () => {
    expect(stack.manifest("Deployment", "graphstudio-backend").spec).toMatchObject({ replicas: 1 });
    expect(stack.manifest("Service", "graphstudio-backend").spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ name: "http", port: 3000, targetPort: "http" }],
    });
  });

  it("A20: has the memory and the limits of the sources", () => {
    expect(containerOf(stack, "graphstudio-backend").resources).toEqual({
      requests: { cpu: "100m", memory: "256Mi" },
      limits: { cpu: "500m", memory: "512Mi" },
    });
  });

  it("counts attempts and names callers by the address that the Ingress adds, or with a node port that of the studio", async () => {
    const proxyCount = (one: RecordedStack, owner: string) =>
      containerOf(one, owner).env?.find(({ name }) => name === "TRUSTED_PROXIES")?.value;
    const proxies = (one: RecordedStack) =>
      ["graphstudio-backend", "graphstudio-frontend", "workspace-kernel", "nexus-os"].map((owner) =>
        proxyCount(one, owner),
      );
    const ingress = { host: "localhost" };
    expect(proxies(await recordStack("dev", { networking: { ingress } }))).toEqual(["2", "1", "2", "2"]);
    expect(proxies(await recordStack("dev", { networking: { nodePort: 30_080, ingress } }))).toEqual([
      "1",
      "0",
      "1",
      "1",
    ]);
    expect(proxies(await recordStack("dev", { networking: { nodePort: 30_080 } }))).toEqual(["1", "0", "1", "1"]);
    const kernelOnly = { topology: "runtime", networking: { nodePort: null, ingress } };
    expect(proxyCount(await recordStack("dev", kernelOnly), "nexus-runtime")).toBe("1");
  });

  it("D29 D30: restarts on /health and takes traffic on /ready", () => {
    expect(containerOf(stack, "graphstudio-backend")).toMatchObject({
      startupProbe: { httpGet: { path: "/health", port: "http" } },
      livenessProbe: { httpGet: { path: "/health", port: "http" } },
      readinessProbe: { httpGet: { path: "/ready", port: "http" } },
    });
  });
});

describe("the frontend", () => {
  it("A5 B6: is one pod; dev opens port 30080 of every node to it", () => {
    expect(stack.manifest("Deployment", "graphstudio-frontend").spec).toMatchObject({ replicas: 1 });
    expect(stack.manifest("Service", "graphstudio-frontend").spec).toMatchObject({
      type: "NodePort",
      ports: [{ name: "http", port: 80, targetPort: "http", nodePort: 30_080 }],
    });
    expect(containerOf(stack, "graphstudio-frontend").ports).toEqual([{ name: "http", containerPort: 8080 }]);
  });

  it("D18: stays inside the cluster on staging", async () => {
    const { manifest } = await recordStack("staging");
    expect(manifest("Service", "graphstudio-frontend").spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ port: 80 }],
    });
  });

  it("A19: has the memory and the limits of the sources", () => {
    expect(containerOf(stack, "graphstudio-frontend").resources).toEqual({
      requests: { cpu: "50m", memory: "128Mi" },
      limits: { cpu: "200m", memory: "256Mi" },
    });
  });

  it("is alive while nginx answers, whatever the kernel does", () => {
    expect(containerOf(stack, "graphstudio-frontend")).toMatchObject({
      startupProbe: { httpGet: { path: "/-/alive", port: "http" } },
      livenessProbe: { httpGet: { path: "/-/alive", port: "http" } },
      readinessProbe: { httpGet: { path: "/-/alive", port: "http" } },
    });
  });

  it("B24: knows kernel and backend by their full names, and no secret", () => {
    const { env = [] } = containerOf(stack, "graphstudio-frontend");
    const values = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({
      KERNEL_URL: "http://workspace-kernel.nexus.svc.cluster.local:3000",
      KERNEL_WS_URL: "http://workspace-kernel.nexus.svc.cluster.local:3001",
      BACKEND_URL: "http://graphstudio-backend.nexus.svc.cluster.local:3000",
    });
    expect(JSON.stringify(env)).not.toContain("secretKeyRef");
  });

  it("writes only to /tmp", () => {
    expect(podTemplates(stack)["graphstudio-frontend"]?.spec.volumes).toEqual([
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
    ]);
  });
});
