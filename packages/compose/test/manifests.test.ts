import { dnsName } from "../src/names";
import { convertFixture } from "@nexus/testkit/compose-fixtures";
import { containerOf, convertText, lossKeys, object, podOf } from "./support";

const one = (rest: string, top = "") => `services:\n  app:\n    image: i:1\n${rest.replace(/^/gm, "    ")}\n${top}`;

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

  const shared = "  other:\n    image: i:1\n    volumes: ['data:/data:ro']\nvolumes:\n  data:\n";
  const rolling = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
  it.each([
    ["writes a volume of several services", "volumes: ['data:/data']", shared, { type: "Recreate" }],
    ["only reads one", "volumes: ['data:/data:ro']", shared, rolling],
    [
      "writes one that exists",
      "volumes: ['data:/data']",
      "volumes:\n  data: { external: true }\n",
      { type: "Recreate" },
    ],
    ["starts first", "volumes: ['data:/data']\ndeploy: { update_config: { order: start-first } }", shared, rolling],
    ["writes one from several pods", "volumes: ['data:/data']\ndeploy: { replicas: 2 }", shared, rolling],
    [
      "writes one from the pods of an autoscaler",
      "volumes: ['data:/data']\nx-nexus: { autoscaling: { max_replicas: 2 } }",
      shared,
      rolling,
    ],
    ["writes no volume", "tmpfs: /data", "", rolling],
  ])("the pods of a service that %s are replaced in that order", (_, rest, top, strategy) => {
    expect(object(convertText(one(rest, top)), "Deployment", "app").spec).toMatchObject({ strategy });
  });

  it("global services are DaemonSets, jobs are Jobs", () => {
    expect(object(convertFixture("monitoring"), "DaemonSet", "node-exporter").spec).not.toHaveProperty("replicas");
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
  it("keeps the settings that Pod Security allows", () => {
    const { spec } = podOf(convertFixture("security"), "locked");
    expect(spec).toMatchObject({
      shareProcessNamespace: true,
      securityContext: {
        runAsUser: 1000,
        runAsGroup: 1000,
        supplementalGroups: [2000],
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
    expect(object(names, "Service", "shop-web").spec?.selector).toMatchObject({ "app.kubernetes.io/name": "web" });
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

  it("a setting without an effect is not a loss", () => {
    expect(convertText(one("privileged: false\nnetwork_mode: bridge\noom_kill_disable: no")).losses).toEqual([]);
  });

  it("profiles leave services out", () => {
    expect(convertFixture("profiles").inactive).toEqual(["debug", "docs"]);
    expect(convertFixture("profiles", { profiles: ["debug"] }).inactive).toEqual(["docs"]);
    expect(convertFixture("profiles", { profiles: ["*"] }).inactive).toEqual([]);
  });
});
