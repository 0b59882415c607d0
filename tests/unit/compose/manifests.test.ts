import { uniquePortNames, dnsName } from "../../../components/compose/names";
import { containerOf, convertFixture, convertText, lossKeys, object, podOf } from "./support";

const one = (rest: string, top = "") => `services:\n  app:\n    image: i:1\n${rest.replace(/^/gm, "    ")}\n${top}`;

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
      ...[
        "http 3000/TCP",
        "http-2 8080/TCP",
        "http-3 9001/TCP",
        "http-4 7000/TCP",
        "http-5 7001/TCP",
        "http-6 7002/TCP",
      ],
      ...[
        "dns 53/UDP",
        "a-very-l-9dab75 443/TCP",
        "http-7 9090/TCP",
        "http-8 4000/TCP",
        "http-9 4001/TCP",
        "udp 6060/UDP",
      ],
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

  it("gives way to the file's resources and replicas, and the caller wins over x-nexus and both", () => {
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
    expect(JSON.stringify(podOf(result, "web").spec.initContainers)).toContain("nc -z -w 2 db.data 5432");
  });
});

describe("E5 E25: workloads", () => {
  it("E25: a database with a named volume is a StatefulSet with a claim", () => {
    const result = convertFixture("web-and-database");
    expect(object(result, "StatefulSet", "database").spec).toMatchObject({
      serviceName: "database",
      volumeClaimTemplates: [
        {
          metadata: { name: "database" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: "fast",
            resources: { requests: { storage: "10Gi" } },
          },
        },
      ],
    });
    expect(containerOf(result, "database").volumeMounts).toEqual([
      { name: "database", mountPath: "/var/lib/postgresql/data", subPath: "pgdata" },
    ]);
  });

  it("a volume of several services is one claim, and their pods share a node", () => {
    const result = convertFixture("shared-volume");
    expect(object(result, "PersistentVolumeClaim", "feed")).toMatchObject({
      metadata: { annotations: { keep: "yes" } },
    });
    for (const name of ["writer", "reader"]) {
      const { metadata, spec } = podOf(result, name);
      expect(metadata.labels).toMatchObject({ "volume.nexus/feed": "shared" });
      expect(spec.affinity).toMatchObject({
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }] },
      });
    }
    expect(containerOf(result, "reader").volumeMounts).toEqual([{ name: "feed", mountPath: "/feed", readOnly: true }]);
    expect(podOf(result, "archive").spec.volumes).toEqual([
      { name: "cold", persistentVolumeClaim: { claimName: "glacier" } },
    ]);
  });

  it("global services are DaemonSets, jobs are Jobs", () => {
    expect(object(convertFixture("monitoring"), "DaemonSet", "node-exporter")).toBeDefined();
    expect(object(convertFixture("jobs"), "Job", "report").spec).toMatchObject({
      completions: 2,
      parallelism: 2,
      backoffLimit: 4,
    });
  });

  it("GPUs are resources of the device plugin", () => {
    expect(containerOf(convertFixture("machine-learning"), "model").resources).toEqual({
      requests: { cpu: "2000m", memory: "8Gi" },
      limits: { cpu: "4000m", memory: "16Gi", "nvidia.com/gpu": "1" },
    });
  });

  it("placement, rollout and platform are carried over", () => {
    const result = convertFixture("placement");
    expect(object(result, "Deployment", "app").spec).toMatchObject({
      replicas: 4,
      minReadySeconds: 10,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } },
    });
    const { spec } = podOf(result, "app");
    expect(spec.nodeSelector).toEqual({ "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64", disk: "ssd" });
    expect(spec.topologySpreadConstraints).toMatchObject([{ topologyKey: "zone" }]);
    expect(object(result, "Service", "app").spec?.clusterIP).toBe("None");
  });
});

describe("depends_on", () => {
  it("waits for the port of what it needs, which answers once a pod is ready", () => {
    const [gate] = podOf(convertFixture("queue-workers"), "fast").spec.initContainers ?? [];
    expect(gate).toMatchObject({ name: "wait-for-rabbit", securityContext: { runAsNonRoot: true } });
    expect(JSON.stringify(gate)).toContain("nc -z -w 2 rabbit 5672 && exit 0");
  });

  it("makes a Job of what must end, and waits for it with the right to read that Job and nothing else", () => {
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
      ["wait-for-migrate", "kubectl"],
      ["wait-for-db", "/bin/sh"],
    ]);
    expect(JSON.stringify(spec.containers)).not.toContain("gate-token");
    expect(result.objects.some(({ kind, metadata }) => kind === "Service" && metadata.name === "migrate")).toBe(false);
  });

  it("says where nothing can be waited for", () => {
    const result = convertText("services: { a: { image: x, depends_on: [b] }, b: { image: y } }");
    expect(result.losses).toEqual([
      expect.objectContaining({
        service: "a",
        key: "depends_on",
        effect: "nothing is waited for: no TCP port of b is known",
      }),
    ]);
  });
});

describe("health checks", () => {
  it("become start-up, readiness and liveness probes with the file's timing", () => {
    const exec = { command: ["healthcheck.sh", "--connect"] };
    const regular = { exec, periodSeconds: 5, timeoutSeconds: 30, failureThreshold: 3 };
    expect(containerOf(convertFixture("migration"), "db")).toMatchObject({
      readinessProbe: regular,
      livenessProbe: regular,
      startupProbe: { exec, periodSeconds: 2, timeoutSeconds: 30, failureThreshold: 38 },
    });
  });

  it.each([
    ["CMD-SHELL", "[CMD-SHELL, a b]", ["/bin/sh", "-c", "a b"]],
    ["a text", "a b", ["/bin/sh", "-c", "a b"]],
    ["CMD", "[CMD, a, b]", ["a", "b"]],
  ])("%s is a command", (_, test, command) => {
    const container = containerOf(convertText(one(`healthcheck: { test: ${test} }`)), "app");
    expect(container.readinessProbe).toMatchObject({
      exec: { command },
      periodSeconds: 30,
      timeoutSeconds: 30,
      failureThreshold: 3,
    });
  });

  it.each(["{ test: [NONE] }", "{ disable: true, test: x }"])("%s is none", (check) => {
    expect(containerOf(convertText(one(`healthcheck: ${check}`)), "app").readinessProbe).toBeUndefined();
  });

  it("E24: health_check_path null switches all probes off", () => {
    const text = one("healthcheck: { test: x }\nx-nexus: { health_check_path: null }");
    expect(Object.keys(containerOf(convertText(text), "app")).join()).not.toContain("Probe");
  });
});

describe("commands", () => {
  it("keep entrypoint and command apart, split texts as a shell, and protect dollar signs", () => {
    expect(containerOf(convertFixture("hooks"), "app")).toMatchObject({
      command: ["/bin/tini", "--"],
      args: ["sh", "-c", "echo $$HOME $$(hostname) && exec app"],
      workingDir: "/srv",
      lifecycle: {
        postStart: { exec: { command: ["/bin/warm", "up"] } },
        preStop: {
          exec: {
            command: ["/bin/sh", "-c", "(cd /srv && MODE=slow /bin/drain 'it'\\''s time') && (/bin/sh -c /bin/flush)"],
          },
        },
      },
    });
    expect(containerOf(convertFixture("queue-workers"), "slow").args).toEqual([
      "worker",
      "--queue",
      "slow",
      "--name",
      "slow one",
    ]);
    expect(containerOf(convertText(one("entrypoint: []\ncommand: run")), "app")).toMatchObject({ command: ["run"] });
    expect(containerOf(convertText(one("command: echo $$HOME")), "app").args).toEqual(["echo", "$HOME"]);
  });
});

describe("files, configs and secrets", () => {
  it("are mounted where the file says, as copies, and secrets from Secrets", () => {
    const result = convertFixture("files");
    expect(containerOf(result, "web").volumeMounts).toEqual([
      {
        name: "files-0-web-site-conf",
        mountPath: "/etc/nginx/conf.d/default.conf",
        subPath: "site.conf",
        readOnly: true,
      },
      { name: "files-1-web-pages", mountPath: "/usr/share/nginx/html", readOnly: true },
      { name: "scratch-2-anonymous", mountPath: "/anonymous" },
      { name: "scratch-3-cache", mountPath: "/cache" },
      { name: "files-4-site", mountPath: "/etc/site.conf", subPath: "site", readOnly: true },
      { name: "files-5-certificate", mountPath: "/run/secrets/tls.key", subPath: "certificate", readOnly: true },
      { name: "files-6-team-secret", mountPath: "/run/secrets/shared", subPath: "shared", readOnly: true },
    ]);
    expect(podOf(result, "web").spec.volumes).toMatchObject([
      { configMap: { name: "file-web-site-conf" } },
      {
        configMap: {
          items: [
            { key: "de__index.html", path: "de/index.html" },
            { key: "index.html", path: "index.html" },
          ],
        },
      },
      { emptyDir: {} },
      { emptyDir: { medium: "Memory", sizeLimit: "10Mi" } },
      { configMap: { name: "config-site", defaultMode: 0o440 } },
      { secret: { secretName: "secret-certificate", defaultMode: 0o400 } },
      { secret: { secretName: "team-secret" } },
    ]);
  });

  it("X14: a config that holds a secret is a Secret", () => {
    const result = convertText(one("configs: [c]", "configs: { c: { content: 'password: hush-hush' } }"));
    expect(result.objects.map(({ kind }) => kind)).not.toContain("ConfigMap");
    expect(podOf(result, "app").spec.volumes).toMatchObject([{ secret: { secretName: "config-c" } }]);
  });
});

describe("security and pods", () => {
  it("carries over what Pod Security lets through", () => {
    const { spec } = podOf(convertFixture("security"), "locked");
    expect(spec).toMatchObject({
      shareProcessNamespace: true,
      securityContext: {
        ...{ runAsUser: 1000, runAsGroup: 1000, supplementalGroups: [2000] },
        sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }],
      },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
          },
        },
      ],
    });
    expect(JSON.stringify(spec)).not.toContain("privileged");
  });

  it("hosts, DNS, host name, aliases, grace period and pull secret", () => {
    const networks = convertFixture("networks", { imagePullSecret: "regcred" });
    expect(podOf(networks, "app").spec).toMatchObject({
      hostAliases: [{ ip: "10.0.0.7", hostnames: ["legacy"] }],
      dnsConfig: { nameservers: ["10.0.0.53"], searches: ["example.com"], options: [{ name: "ndots", value: "2" }] },
      imagePullSecrets: [{ name: "regcred" }],
    });
    expect(object(networks, "Service", "www").spec?.selector).toMatchObject({ "app.kubernetes.io/name": "proxy" });
    const names = convertFixture("names");
    expect(object(names, "Service", "backend").spec?.selector).toMatchObject({ "app.kubernetes.io/name": "my-api-v2" });
    expect(object(names, "Service", "shop-web")).toBeDefined();
    expect(podOf(names, "web").spec.hostname).toBe("front");
    expect(object(names, "ConfigMap", "web-config").data).toMatchObject({ My_VERSION: "1.10" });
    expect(podOf(convertFixture("hooks"), "app").spec.terminationGracePeriodSeconds).toBe(90);
  });

  it("long names are shortened and stay apart", () => {
    const [a, b] = ["a", "b"].map((end) => dnsName(`${"long-".repeat(20)}${end}`));
    expect(a).not.toBe(b);
    expect(a?.length).toBeLessThanOrEqual(63);
  });

  it("a changed setting changes the checksum that rolls the pods", () => {
    const sum = (value: string) => podOf(convertText(one(`environment: { A: ${value} }`)), "app").metadata.annotations;
    expect(sum("x")).not.toEqual(sum("y"));
  });
});

describe("losses", () => {
  it("name service, key, value, effect and advice, and hide secrets", () => {
    const result = convertText(one("privileged: true\nlogging: { driver: x }\nnetwork_mode: host"));
    expect(lossKeys(result)).toEqual(["app privileged", "app logging", "app network_mode"]);
    expect(result.losses[0]).toEqual({
      service: "app",
      key: "privileged",
      value: "true",
      effect: "the container has no more rights than others",
      advice: "run it outside of the cluster",
    });
  });

  it("what asks for nothing is no loss", () => {
    expect(convertText(one("privileged: false\nnetwork_mode: bridge\noom_kill_disable: no")).losses).toEqual([]);
  });

  it("profiles leave services out", () => {
    expect(convertFixture("profiles").inactive).toEqual(["debug", "docs"]);
    expect(convertFixture("profiles", { profiles: ["debug"] }).inactive).toEqual(["docs"]);
    expect(convertFixture("profiles", { profiles: ["*"] }).inactive).toEqual([]);
  });
});
