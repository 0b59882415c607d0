import { load } from "../../support/config";

describe("the preset `full`", () => {
  it("A19 A20 A21 A22 A23: has the sources' memory and limits, and requests that fit two cores", async () => {
    const { kernel, graphstudio, postgres, redis } = await load({});
    const sizes = { kernel, backend: graphstudio.backend, frontend: graphstudio.frontend, postgres, redis };
    const pick = ({ requests, limits }: { requests: object; limits: object }) => ({ requests, limits });
    expect(Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, pick(size)]))).toEqual({
      kernel: { requests: { cpu: "100m", memory: "512Mi" }, limits: { cpu: "2", memory: "2Gi" } },
      backend: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
      frontend: { requests: { cpu: "50m", memory: "128Mi" }, limits: { cpu: "200m", memory: "256Mi" } },
      postgres: { requests: { cpu: "100m", memory: "512Mi" }, limits: { cpu: "500m", memory: "1Gi" } },
      redis: { requests: { cpu: "50m", memory: "128Mi" }, limits: { cpu: "200m", memory: "256Mi" } },
    });
  });

  it("A34 A35 A51 D15: scales the kernel from 2 to 10 pods", async () => {
    const { kernel } = await load({});
    expect(kernel.autoscaling).toEqual({
      activeWorkspaces: null,
      minReplicas: 2,
      maxReplicas: 10,
      cpuPercent: 70,
      memoryPercent: 80,
      scaleUpPercent: 50,
      scaleDownPercent: 25,
    });
  });

  it("A53: is overridden by the stack's settings, key by key", async () => {
    const kernel = { requests: { memory: "1Gi" }, limits: { cpu: 4 }, autoscaling: null, replicas: 5 };
    const config = await load({ config: { cluster: { kind: "local" }, kernel } });
    expect(config.kernel).toMatchObject({
      requests: { cpu: "100m", memory: "1Gi" },
      limits: { cpu: "4", memory: "2Gi" },
      autoscaling: null,
      replicas: 5,
    });
  });

  it("A53: accepts the example of the source", async () => {
    const kernel = { requests: { cpu: "1000m", memory: "1Gi" }, limits: { cpu: "4000m", memory: "4Gi" } };
    expect((await load({ config: { cluster: { kind: "local" }, kernel } })).kernel).toMatchObject(kernel);
  });

  it("lets every limit be switched off", async () => {
    const config = { cluster: { kind: "local" }, kernel: { limits: { cpu: null } } };
    expect((await load({ config })).kernel.limits).toEqual({ cpu: null, memory: "2Gi" });
  });
});
