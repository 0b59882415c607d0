import { containerOf, podTemplates, recordStack, type RecordedStack } from "../support/recorded-stack";

let stack: RecordedStack;
beforeAll(async () => {
  stack = await recordStack("dev");
});

describe("postgres", () => {
  it("A6 B9: is one server behind a headless Service on 5432", () => {
    expect(stack.manifest("StatefulSet", "postgres").spec).toMatchObject({ serviceName: "postgres", replicas: 1 });
    expect(stack.manifest("Service", "postgres").spec).toMatchObject({
      clusterIP: "None",
      ports: [{ name: "postgres", port: 5432 }],
    });
  });

  it("A25: keeps its data on a volume of 10Gi", () => {
    expect(stack.manifest("StatefulSet", "postgres").spec).toMatchObject({
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
        },
      ],
    });
    const { volumeMounts, env } = containerOf(stack, "postgres");
    expect(volumeMounts).toContainEqual({ name: "data", mountPath: "/var/lib/postgresql/data" });
    // Not the mount itself: a fresh volume may hold lost+found, which initdb refuses.
    expect(env).toContainEqual({ name: "PGDATA", value: "/var/lib/postgresql/data/pgdata" });
  });

  it("A22: has the memory and the limits of the sources", () => {
    expect(containerOf(stack, "postgres").resources).toEqual({
      requests: { cpu: "100m", memory: "512Mi" },
      limits: { cpu: "500m", memory: "1Gi" },
    });
  });

  it("takes as many connections as the configuration counts on", () => {
    expect(containerOf(stack, "postgres").args).toEqual(["postgres", "-c", "max_connections=300"]);
  });

  const command = ["pg_isready", "-h", "127.0.0.1", "-U", "nexus", "-d", "nexus"];

  it("A39: is ready when pg_isready exits 0, over TCP", () => {
    expect(containerOf(stack, "postgres").readinessProbe).toEqual({
      exec: { command },
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
  });

  it("is restarted only if it gives no answer for a long time; recovery counts as an answer", () => {
    const exec = { command: ["sh", "-c", `${command.join(" ")}; [ $? -lt 2 ]`] };
    expect(containerOf(stack, "postgres")).toMatchObject({
      startupProbe: { exec, periodSeconds: 5, timeoutSeconds: 10, failureThreshold: 120 },
      livenessProbe: { exec, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 6 },
    });
  });

  it("gets time to write its memory to disk when it stops, but less than the engine waits", () => {
    expect(podTemplates(stack).postgres?.spec.terminationGracePeriodSeconds).toBe(120);
  });

  it("uses another size, class and image if the stack sets them", async () => {
    const postgres = { storage: "50Gi", storageClass: "fast", image: "registry.example.com/postgres:15.19" };
    const other = await recordStack("dev", { postgres });
    expect(other.manifest("StatefulSet", "postgres").spec).toMatchObject({
      volumeClaimTemplates: [{ spec: { storageClassName: "fast", resources: { requests: { storage: "50Gi" } } } }],
    });
    expect(containerOf(other, "postgres").image).toBe("registry.example.com/postgres:15.19");
  });
});

describe("redis", () => {
  it("A7 B10: is one server behind a Service on 6379", () => {
    expect(stack.manifest("Deployment", "redis").spec).toMatchObject({ replicas: 1 });
    expect(stack.manifest("Service", "redis").spec).toMatchObject({ type: "ClusterIP", ports: [{ port: 6379 }] });
  });

  it("A23: has the memory and the limits of the sources", () => {
    expect(containerOf(stack, "redis").resources).toEqual({
      requests: { cpu: "50m", memory: "128Mi" },
      limits: { cpu: "200m", memory: "256Mi" },
    });
  });

  it("A25: keeps nothing on a volume that outlives the pod", () => {
    const volumes = podTemplates(stack).redis?.spec.volumes as object[];
    expect(volumes.length).toBeGreaterThan(0);
    for (const volume of volumes) expect(volume).toHaveProperty("emptyDir");
  });

  it("takes its passwords from a file in memory, and not from its arguments", () => {
    const { command = [], env } = containerOf(stack, "redis");
    const script = command.join(" ");
    expect(script).toContain("user default on ~* &* +@all >$REDIS_PASSWORD >$REDIS_PASSWORD_NEXT");
    expect(script).toMatch(/exec redis-server \/run\/redis\/redis\.conf$/);
    expect(script).not.toContain("--requirepass");
    // No other user in the container may read it.
    expect(script).toContain("umask 077; {");
    expect(env).toContainEqual({
      name: "REDIS_PASSWORD",
      valueFrom: { secretKeyRef: { name: "nexus-secrets", key: "REDIS_PASSWORD" } },
    });
    expect(podTemplates(stack).redis?.spec.volumes).toContainEqual({
      name: "conf",
      emptyDir: { medium: "Memory", sizeLimit: "1Mi" },
    });
  });

  it("is ready when it can work, and restarted only if it does not answer at all", () => {
    const ping = "redis-cli -h 127.0.0.1 ping";
    const alive = { exec: { command: ping.split(" ") }, timeoutSeconds: 10 };
    expect(containerOf(stack, "redis")).toMatchObject({
      startupProbe: { ...alive, periodSeconds: 5, failureThreshold: 120 },
      livenessProbe: { ...alive, periodSeconds: 30, failureThreshold: 6 },
      readinessProbe: {
        exec: { command: ["sh", "-c", `${ping} | grep -q PONG`] },
        periodSeconds: 5,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
    });
    expect(podTemplates(stack).redis?.spec.terminationGracePeriodSeconds).toBe(30);
  });

  it("evicts old entries before it reaches its memory limit", async () => {
    const other = await recordStack("dev", { redis: { limits: { memory: "400Mi" } } });
    const script = containerOf(other, "redis").command?.join(" ");
    expect(script).toContain(`maxmemory ${300 * 2 ** 20}`);
    expect(script).toContain("maxmemory-policy allkeys-lru");
  });
});

describe.each(["workspace-kernel", "graphstudio-backend"])("B17: the migration of %s", (service) => {
  const job = `${service}-migrate`;
  const find = (kind: string, name: string) =>
    stack.resources.find(({ type, inputs }) => {
      const { metadata } = inputs as { metadata?: { name?: string } };
      return type.endsWith(`:${kind}`) && metadata?.name === name;
    });

  it("runs the service's own image once for every new image", () => {
    const container = containerOf(stack, job);
    expect(container.image).toBe(containerOf(stack, service).image);
    expect(container.command).toEqual(["node", "dist/migrate.js"]);
    expect(stack.manifest("Job", job).metadata.annotations).toMatchObject({ "pulumi.com/replaceUnready": "true" });
    expect(find("Job", job)?.options).toMatchObject({ deleteBeforeReplace: true, customTimeouts: { create: "195s" } });
  });

  it("waits for the database, and the service waits for it", () => {
    expect(find("Job", job)?.options.dependencies).toContain(find("StatefulSet", "postgres")?.urn);
    expect(find("Deployment", service)?.options.dependencies).toContain(find("Job", job)?.urn);
  });

  it("is tried again, with a time limit", () => {
    expect(stack.manifest("Job", job).spec).toMatchObject({
      backoffLimit: 3,
      activeDeadlineSeconds: 180,
    });
  });

  it("is not selected as a pod of the service", () => {
    const labels = podTemplates(stack)[job]?.metadata.labels;
    const { selector } = stack.manifest("Service", service).spec as { selector: Record<string, string> };
    expect(labels?.["app.kubernetes.io/name"]).toBe(job);
    expect(selector["app.kubernetes.io/name"]).toBe(service);
  });
});
