import { containerOf, podTemplates, recordStack, type RecordedStack } from "../support/recorded-stack";

const KERNEL = "workspace-kernel";

describe("the kernel", () => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await recordStack("dev");
  });

  it("X11 A52: leaves the number of pods to the autoscaler", () => {
    expect(stack.manifest("Deployment", KERNEL).spec).not.toHaveProperty("replicas");
  });

  it("C14 D28: starts a new pod before it stops an old one", () => {
    expect(stack.manifest("Deployment", KERNEL).spec).toMatchObject({
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      progressDeadlineSeconds: 180,
    });
    const registration = stack.resources.find(
      ({ type, name }) => type.endsWith(":Deployment") && name.startsWith("kernel"),
    );
    expect(registration?.options.customTimeouts).toMatchObject({ create: "300s", update: "300s" });
  });

  it("A3 B7 C4: serves HTTP on 3000 and WebSockets on 3001 behind a ClusterIP", () => {
    expect(stack.manifest("Service", KERNEL).spec).toEqual({
      type: "ClusterIP",
      selector: { "app.kubernetes.io/name": KERNEL, "app.kubernetes.io/part-of": "nexus" },
      ports: [
        { name: "http", port: 3000, targetPort: "http", protocol: "TCP" },
        { name: "websocket", port: 3001, targetPort: "websocket", protocol: "TCP" },
      ],
    });
    expect(containerOf(stack, KERNEL).ports).toEqual([
      { name: "http", containerPort: 3000 },
      { name: "websocket", containerPort: 3001 },
    ]);
  });

  it("A21 C9: has the memory and the limits of the sources", () => {
    expect(containerOf(stack, KERNEL).resources).toEqual({
      requests: { cpu: "100m", memory: "512Mi" },
      limits: { cpu: "2", memory: "2Gi" },
    });
  });

  it("C5 C6 D29 D30 X16: restarts on /health, once it has started, and takes traffic on /ready", () => {
    expect(containerOf(stack, KERNEL)).toMatchObject({
      startupProbe: {
        httpGet: { path: "/health", port: "http" },
        initialDelaySeconds: 5,
        periodSeconds: 5,
        timeoutSeconds: 5,
        failureThreshold: 60,
      },
      livenessProbe: {
        httpGet: { path: "/health", port: "http" },
        initialDelaySeconds: 10,
        periodSeconds: 30,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
      readinessProbe: {
        httpGet: { path: "/ready", port: "http" },
        initialDelaySeconds: 5,
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
    });
  });

  it("A34 A35 A51 C10 D15: scales from 2 to 10 pods on CPU above 70 % or memory above 80 % of what a pod may use", () => {
    expect(stack.manifest("HorizontalPodAutoscaler", KERNEL)).toMatchObject({
      apiVersion: "autoscaling/v2",
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: KERNEL },
        minReplicas: 2,
        maxReplicas: 10,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "AverageValue", averageValue: "1400m" } } },
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1638Mi" } } },
        ],
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 60, policies: [{ type: "Percent", value: 50, periodSeconds: 60 }] },
          scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Percent", value: 25, periodSeconds: 60 }] },
        },
      },
    });
  });

  it("C13: lets a drain evict one pod at a time, so that one of two always runs", () => {
    expect(stack.manifest("PodDisruptionBudget", KERNEL).spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: { "app.kubernetes.io/name": KERNEL, "app.kubernetes.io/part-of": "nexus" } },
    });
  });

  it("C12 D17: spreads its pods over nodes", () => {
    expect(podTemplates(stack)[KERNEL]?.spec.affinity).toEqual({
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: "kubernetes.io/hostname",
              labelSelector: {
                matchLabels: { "app.kubernetes.io/name": KERNEL, "app.kubernetes.io/part-of": "nexus" },
              },
            },
          },
        ],
      },
    });
  });

  it("C8 D21: is scraped on port 3000, path /metrics", () => {
    expect(podTemplates(stack)[KERNEL]?.metadata.annotations).toMatchObject({
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "3000",
      "prometheus.io/path": "/metrics",
    });
  });

  it("D4 A25: writes to nothing but /tmp and a cache of 128Mi in memory", () => {
    expect(podTemplates(stack)[KERNEL]?.spec.volumes).toEqual([
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      { name: "cache", emptyDir: { medium: "Memory", sizeLimit: "128Mi" } },
    ]);
    expect(containerOf(stack, KERNEL).volumeMounts).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "cache", mountPath: "/tmp/nexus-cache" },
    ]);
  });

  it("starts only when its schema is up to date", () => {
    const deployment = stack.resources.find(
      ({ type, name }) => type.endsWith(":Deployment") && name.startsWith("kernel"),
    );
    expect(deployment?.options.dependencies.some((urn) => urn.includes(":Job::data-workspace-kernel-migration"))).toBe(
      true,
    );
  });
});

describe("A26 A27 A28 A29 C21: the shared settings", () => {
  it("A27: log less on staging", async () => {
    const { manifest } = await recordStack("staging");
    expect(manifest("ConfigMap", "nexus-config").data).toMatchObject({ LOG_LEVEL: "info" });
  });

  it("are there for every key that a container reads", async () => {
    const stack = await recordStack("dev");
    const data = Object.keys(stack.manifest("ConfigMap", "nexus-config").data as object);
    const secret = Object.keys(stack.manifest("Secret", "nexus-secrets").stringData as object);
    for (const owner of Object.keys(podTemplates(stack)))
      for (const { valueFrom } of containerOf(stack, owner).env ?? []) {
        const { configMapKeyRef, secretKeyRef } = (valueFrom ?? {}) as Record<string, { key: string } | undefined>;
        if (configMapKeyRef) expect(data).toContain(configMapKeyRef.key);
        if (secretKeyRef) expect(secret).toContain(secretKeyRef.key);
      }
  });
});

describe("the kernel with other settings", () => {
  it("A52: runs a fixed number of pods without an autoscaler", async () => {
    const stack = await recordStack("dev", { kernel: { autoscaling: null, replicas: 5 } });
    expect(stack.manifest("Deployment", KERNEL).spec).toMatchObject({ replicas: 5 });
    const autoscalers = stack.manifests.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
    expect(autoscalers.map(({ metadata }) => metadata.name)).toEqual(["nexus-os"]);
  });

  it("A51 X12: also scales on active workspaces if a metrics adapter serves them, with the same behaviour", async () => {
    const spec = async (changes: Record<string, unknown>) =>
      (await recordStack("dev", changes)).manifest("HorizontalPodAutoscaler", KERNEL).spec as Record<string, unknown>;
    const plain = await spec({});
    const { metrics, ...rest } = await spec({ kernel: { autoscaling: { activeWorkspaces: { average: 30 } } } });
    const target = { type: "AverageValue", averageValue: "30" };
    expect(metrics).toEqual([
      { type: "Pods", pods: { metric: { name: "nexus_active_workspaces" }, target } },
      ...(plain.metrics as object[]),
    ]);
    expect({ ...rest, metrics: plain.metrics }).toEqual(plain);
  });

  it.each([
    ["an autoscaler from one pod on", { autoscaling: { minReplicas: 1 } }, 1],
    ["two fixed pods", { autoscaling: null, replicas: 2 }, 1],
    ["a single pod", { autoscaling: null, replicas: 1 }, 0],
    ["an autoscaler that runs one pod", { autoscaling: { minReplicas: 1, maxReplicas: 1 } }, 0],
  ])(
    "C13: has a disruption budget if several pods may run, which never protects a single pod: %s",
    async (_, kernel, budgets) => {
      const { manifests } = await recordStack("dev", { kernel, nexusOs: { enabled: false } });
      const found = manifests.filter(({ kind }) => kind === "PodDisruptionBudget");
      expect(found).toHaveLength(budgets);
      for (const { spec } of found) expect(spec).toMatchObject({ maxUnavailable: 1 });
    },
  );

  it("X12: compares with requests if there is no limit", async () => {
    const stack = await recordStack("dev", { kernel: { limits: { cpu: null }, requests: { cpu: "3" } } });
    const { metrics } = stack.manifest("HorizontalPodAutoscaler", KERNEL).spec as { metrics: object[] };
    expect(metrics[0]).toMatchObject({ resource: { name: "cpu", target: { averageValue: "2100m" } } });
  });

  it("changes everything that refers to its ports when they change", async () => {
    const stack = await recordStack("dev", { kernel: { httpPort: 8000, wsPort: 8001 } });
    expect(stack.manifest("Service", KERNEL).spec).toMatchObject({ ports: [{ port: 8000 }, { port: 8001 }] });
    expect(podTemplates(stack)[KERNEL]?.metadata.annotations).toMatchObject({ "prometheus.io/port": "8000" });
    expect(containerOf(stack, "graphstudio-frontend").env).toContainEqual({
      name: "KERNEL_URL",
      value: "http://workspace-kernel.nexus.svc.cluster.local:8000",
    });
    expect(stack.manifest("NetworkPolicy", "graphstudio-frontend").spec).toMatchObject({
      egress: expect.arrayContaining([
        expect.objectContaining({ ports: [8000, 8001].map((port) => ({ protocol: "TCP", port })) }),
      ]),
    });
  });
});
