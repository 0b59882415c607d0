import { uniquePortNames } from "../src/names";
import { convertFixture } from "@nexus/testkit/compose-fixtures";
import { containerOf, convertText, object, podOf } from "./support";

const one = (rest: string) => `services:\n  app:\n    image: i:1\n${rest.replace(/^/gm, "    ")}\n`;

describe("E10 E11: ports", () => {
  it("E10: 3002:3000 and 8080:8080 are 3000 named http and 8080 named http-2", () => {
    const result = convertFixture("memory-ui");
    expect(containerOf(result, "mem0-ui").ports).toEqual([
      { name: "http", containerPort: 3000, protocol: "TCP" },
      { name: "http-2", containerPort: 8080, protocol: "TCP" },
    ]);
    expect(object(result, "Service", "mem0-ui").spec?.ports).toEqual([
      { name: "http", port: 3000, targetPort: "http", protocol: "TCP" },
      { name: "http-2", port: 8080, targetPort: "http-2", protocol: "TCP" },
    ]);
  });

  it("E11: names are unique, at most 15 characters and of Kubernetes' form, for each form of a port", () => {
    const ports = containerOf(convertFixture("ports"), "many").ports as {
      name: string;
      containerPort: number;
      protocol: string;
    }[];
    expect(ports.map(({ name, containerPort, protocol }) => `${name} ${containerPort}/${protocol}`)).toEqual([
      "http 3000/TCP",
      "http-2 8080/TCP",
      "http-3 9001/TCP",
      "http-4 7000/TCP",
      "http-5 7001/TCP",
      "http-6 7002/TCP",
      "dns 53/UDP",
      "a-very-l-9dab75 443/TCP",
      "http-7 9090/TCP",
      "http-8 4000/TCP",
      "http-9 4001/TCP",
      "udp 6060/UDP",
    ]);
    for (const { name } of ports) expect(name).toMatch(/^(?=.{1,15}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  });

  it("E11 E24: a hundred names of one kind stay unique and short", () => {
    const names = uniquePortNames(Array.from({ length: 120 }, () => "a-name-of-15-chs"));
    expect(new Set(names).size).toBe(120);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(15);
  });

  it("E5 E15: Services are ClusterIP, NodePort or LoadBalancer", () => {
    const result = convertFixture("ports");
    expect(object(result, "Service", "many").spec?.type).toBe("ClusterIP");
    expect(object(result, "Service", "outside").spec).toMatchObject({
      type: "NodePort",
      ports: [{ port: 80, nodePort: 30_100 }],
    });
    expect(object(result, "Service", "balanced").spec).toMatchObject({
      type: "LoadBalancer",
      ports: [{ port: 8443 }, { name: "p9443-tcp", port: 9443, targetPort: "https" }],
    });
  });

  it("a service without ports is headless, so that every port answers as in compose", () => {
    const spec = object(convertText(one("command: x")), "Service", "app").spec;
    expect(spec).toEqual({ type: "ClusterIP", clusterIP: "None", selector: expect.anything() });
  });
});

describe("E15: KubernetesDeploymentSpec", () => {
  it("has the defaults: one pod, 100m and 128Mi requested, 500m and 512Mi at most, no probes, no Ingress, ushadow", () => {
    const result = convertText(one("expose: ['80']"));
    expect(object(result, "Deployment", "app").spec).toMatchObject({ replicas: 1 });
    expect(object(result, "Deployment", "app").metadata).toMatchObject({ namespace: "ushadow" });
    const container = containerOf(result, "app");
    expect(container.resources).toEqual({
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "500m", memory: "512Mi" },
    });
    expect(Object.keys(container).filter((key) => key.endsWith("Probe"))).toEqual([]);
    expect(result.objects.filter(({ kind }) => kind === "Ingress")).toEqual([]);
  });

  it("is overridden by the file's resources and replicas, these by x-nexus, and all by the caller", () => {
    const result = convertFixture("resources", { services: { plain: { replicas: 3 }, own: { replicas: 2 } } });
    const resources = (name: string) => containerOf(result, name).resources;
    expect(resources("small")).toEqual({
      requests: { cpu: "100m", memory: "64Mi" },
      limits: { cpu: "200m", memory: "64Mi" },
    });
    expect(resources("big")).toEqual({
      requests: { cpu: "100m", memory: "1Gi" },
      limits: { cpu: "500m", memory: "1Gi" },
    });
    expect(resources("own")).toEqual({
      requests: { cpu: "200m", memory: "256Mi" },
      limits: { cpu: "1000m", memory: "1Gi" },
    });
    const replicas = (name: string) => object(result, "Deployment", name).spec?.replicas;
    expect([replicas("small"), replicas("plain"), replicas("own")]).toEqual([1, 3, 2]);
    expect(object(convertFixture("resources"), "Deployment", "own").spec?.replicas).toBe(0);
  });

  it("makes an Ingress with TLS, HTTP probes, annotations and labels", () => {
    const result = convertFixture("memory-ui");
    expect(object(result, "Ingress", "mem0-ui").spec).toEqual({
      tls: [{ hosts: ["mem0.example.com"], secretName: "mem0-ui-tls" }],
      rules: [
        {
          host: "mem0.example.com",
          http: {
            paths: [
              { path: "/", pathType: "Prefix", backend: { service: { name: "mem0-ui", port: { name: "http" } } } },
            ],
          },
        },
      ],
    });
    expect(containerOf(result, "mem0-ui")).toMatchObject({
      startupProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 5, failureThreshold: 60 },
      livenessProbe: { httpGet: { path: "/health", port: "http" } },
      readinessProbe: { httpGet: { path: "/health", port: "http" } },
    });
    const game = podOf(convertFixture("game-server"), "game").metadata;
    expect(game).toMatchObject({ labels: { tier: "play" }, annotations: { "example.com/note": "game" } });
  });

  it("a service may have a namespace of its own; its name works from the others", () => {
    const result = convertFixture("namespaces");
    expect(result.objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name)).toEqual([
      "ushadow",
      "data",
    ]);
    const services = result.objects.filter(({ kind, metadata }) => kind === "Service" && metadata.name === "db");
    expect(
      services.map(({ metadata, spec }) => [metadata.namespace, (spec as { externalName?: string }).externalName]),
    ).toEqual([
      ["data", undefined],
      ["ushadow", "db.data.svc.cluster.local"],
    ]);
    expect(JSON.stringify(podOf(result, "web").spec.initContainers)).toContain("nc -w 2 db.data 5432 -e true");
  });
});
