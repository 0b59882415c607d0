import { containerOf, podTemplates, type RecordedStack, recordStack } from "../support/recorded-stack";
import {
  autoscaler,
  container,
  faults,
  ingressRules,
  inSpec,
  objectList,
  podSpec,
  recordTopology,
  resources,
  type Row,
  service,
  setting,
  traffic,
  variable,
} from "../support/topology";

const NAME = "nexus-runtime";
const POD_LABELS = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "nexus" };
const DNS = "namespace kube-system kube-dns UDP 53, TCP 53";

const annotations = (kind: string) => (stack: RecordedStack) => stack.manifest(kind, NAME).metadata.annotations;
const podAnnotations = (stack: RecordedStack) => podTemplates(stack)[NAME]?.metadata.annotations;
const names = (of: readonly { readonly name: string }[]) => of.map(({ name }) => name).sort();

/** Addresses that the kernel's egress rule excludes. */
const excluded = (stack: RecordedStack) => {
  const { egress } = stack.manifest("NetworkPolicy", NAME).spec as {
    egress: { to: { ipBlock?: { except: string[] } }[] }[];
  };
  return egress.flatMap(({ to }) => to.flatMap(({ ipBlock }) => ipBlock?.except ?? []));
};

const rows: Row[] = [
  ["C1 C2", "image", (stack) => containerOf(stack, NAME).image, expect.stringMatching(/\/nexus-runtime:dev@sha256:/)],
  [
    "C4 D3",
    "ports of the container",
    container(NAME, "ports"),
    [
      { name: "http", containerPort: 3000 },
      { name: "websocket", containerPort: 3001 },
    ],
  ],
  ["C4 D3", "HTTP_PORT", variable(NAME, "HTTP_PORT"), "3000"],
  ["C4 D3", "WS_PORT", variable(NAME, "WS_PORT"), "3001"],
  ["C4 D18 X16", "Service", service(NAME), ["ClusterIP", "http 80 -> http", "websocket 3001 -> websocket"]],
  [
    "D18",
    "session affinity: the kernel relays to the owner",
    (stack) => stack.manifest("Service", NAME).spec,
    expect.not.objectContaining({ sessionAffinity: expect.anything() }),
  ],
  [
    "C5 C7 D30 X16",
    "liveness",
    container(NAME, "livenessProbe"),
    {
      httpGet: { path: "/health", port: "http" },
      initialDelaySeconds: 10,
      periodSeconds: 30,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
  ],
  [
    "C6 C7 D29 X16",
    "readiness",
    container(NAME, "readinessProbe"),
    {
      httpGet: { path: "/health", port: "http" },
      initialDelaySeconds: 5,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
  ],
  [
    "C8 D21",
    "scraping",
    podAnnotations,
    expect.objectContaining({
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "3000",
      "prometheus.io/path": "/metrics",
    }),
  ],
  ["C9 D5 D19 X4", "resources", resources(NAME), "100m/256Mi -> 1/1Gi"],
  [
    "C10 C11 D5 D15 X3",
    "autoscaler",
    autoscaler(NAME),
    {
      target: `Deployment/${NAME}`,
      range: "2-10",
      above: ["cpu 70%", "memory 80%"],
      up: ["50 Percent in 60 s"],
      down: ["25 Percent in 60 s"],
    },
  ],
  [
    "C11",
    "calm before pods go",
    inSpec("HorizontalPodAutoscaler", NAME, "behavior.scaleDown.stabilizationWindowSeconds"),
    300,
  ],
  [
    "C11",
    "load before pods come",
    inSpec("HorizontalPodAutoscaler", NAME, "behavior.scaleUp.stabilizationWindowSeconds"),
    60,
  ],
  [
    "X11",
    "pods in the Deployment",
    (stack) => stack.manifest("Deployment", NAME).spec,
    expect.not.objectContaining({ replicas: expect.anything() }),
  ],
  [
    "C12 D17",
    "anti-affinity",
    podSpec(NAME, "affinity"),
    {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: POD_LABELS } },
          },
        ],
      },
    },
  ],
  [
    "C13 D32",
    "disruption budget",
    (stack) => stack.manifest("PodDisruptionBudget", NAME).spec,
    { maxUnavailable: 1, selector: { matchLabels: POD_LABELS } },
  ],
  [
    "C14 D28",
    "rolling update",
    inSpec("Deployment", NAME, "strategy"),
    { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  ],
  ["D32", "revisions kept for a rollback", inSpec("Deployment", NAME, "revisionHistoryLimit"), 5],
  ["C15", "account", podSpec(NAME, "serviceAccountName"), NAME],
  [
    "C15",
    "token of the account",
    (stack) => stack.manifest("ServiceAccount", NAME).automountServiceAccountToken,
    false,
  ],
  [
    "C16 D5 X16",
    "security of the pod",
    podSpec(NAME, "securityContext"),
    expect.objectContaining({ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 }),
  ],
  [
    "C17 D5",
    "security of the container",
    container(NAME, "securityContext"),
    {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  ],
  [
    "C18 D8 D37",
    "who may come in",
    traffic("ingress", NAME),
    [`${NAME} TCP 3000, TCP 3001`, "namespace monitoring TCP 3000", "namespace ingress-nginx TCP 3000, TCP 3001"],
  ],
  [
    "C19 D8 D37 X9",
    "where it may go",
    traffic("egress", NAME),
    [DNS, `${NAME} TCP 3000, TCP 3001`, "0.0.0.0/0 but private TCP 80, TCP 443"],
  ],
  ["C19", "addresses left out", excluded, expect.arrayContaining(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])],
  ["C20", "Ingress class", inSpec("Ingress", NAME, "ingressClassName"), "nginx"],
  [
    "C20",
    "Ingress rules",
    ingressRules(NAME),
    ["nexus-runtime.localhost/panels -> nexus-runtime:websocket", "nexus-runtime.localhost/ -> nexus-runtime:http"],
  ],
  [
    "C20 C27 D7 X7",
    "Ingress annotations",
    annotations("Ingress"),
    {
      "nexus/stack": "nexus/dev",
      "pulumi.com/patchFieldManager": "nexus",
      "pulumi.com/patchForce": "true",
      "pulumi.com/skipAwait": "true",
      "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
      "nginx.ingress.kubernetes.io/proxy-send-timeout": "3600",
      "nginx.ingress.kubernetes.io/websocket-services": NAME,
    },
  ],
  ["C21 D3", "LOG_LEVEL", setting("nexus-runtime-config", "LOG_LEVEL"), "info"],
  ["C21 D11 X16", "MEMORY_LIMIT_MB", setting("nexus-runtime-config", "MEMORY_LIMIT_MB"), "32"],
  ["C21 D11", "TIMEOUT_MS", setting("nexus-runtime-config", "TIMEOUT_MS"), "5000"],
  ["C21 D11 D16", "MAX_INSTANCES", setting("nexus-runtime-config", "MAX_INSTANCES"), "50"],
  ["D16", "MIN_INSTANCES", setting("nexus-runtime-config", "MIN_INSTANCES"), "4"],
  ["C21 D11", "HTTP_MAX_CONCURRENT", setting("nexus-runtime-config", "HTTP_MAX_CONCURRENT"), "10"],
  ["C21 D11 X16", "HTTP_TIMEOUT", setting("nexus-runtime-config", "HTTP_TIMEOUT"), "30000"],
  ["C21 D4", "CACHE_DIR", setting("nexus-runtime-config", "CACHE_DIR"), "/tmp/nexus-cache"],
  ["C22 D12", "signing key", variable(NAME, "JWT_SECRET"), "[secret]"],
  ["C25 D12", "AUTH_ENABLED", variable(NAME, "AUTH_ENABLED"), "true"],
  [
    "C27 D4 X16",
    "volumes",
    podSpec(NAME, "volumes"),
    [
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      { name: "cache", emptyDir: { medium: "Memory", sizeLimit: "128Mi" } },
    ],
  ],
  [
    "D4",
    "place of the cache",
    container(NAME, "volumeMounts"),
    expect.arrayContaining([{ name: "cache", mountPath: "/tmp/nexus-cache" }]),
  ],
  ["X6", "database", variable(NAME, "DATABASE_HOST"), undefined],
  ["X6", "cache server", variable(NAME, "REDIS_HOST"), undefined],
  ["C16 C17 D5", "faults", faults, []],
];

describe("C2 X1 X2 X3: the topology runtime", () => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await recordTopology("runtime");
  });

  it.each(rows)("%s: %s", (_, __, read, expected) => {
    expect(read(stack)).toEqual(expected);
  });

  it("C2 D6: consists of exactly these objects", () => {
    const kinds = ["Namespace", "ServiceAccount", "Deployment", "Service", "Ingress"];
    const more = ["HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"];
    expect(objectList(stack)).toEqual(
      [
        ...[...kinds, ...more].map((kind) => `${kind}/${NAME}`),
        "ConfigMap/nexus-runtime-config",
        "Secret/nexus-runtime-secrets",
      ].sort(),
    );
    const elsewhere = stack.manifests.filter(
      ({ kind, metadata }) => kind !== "Namespace" && metadata.namespace !== NAME,
    );
    expect(names(elsewhere.map(({ metadata }) => metadata))).toEqual([]);
  });

  it("C3: creates ConfigMap, Secret and account before the Deployment, and the autoscaler after it", () => {
    const find = (kind: string) => stack.resources.find(({ type }) => type.endsWith(`:${kind}`));
    const before = ["ConfigMap", "Secret", "ServiceAccount"].map((kind) => find(kind)?.urn);
    expect(find("Deployment")?.options.dependencies).toEqual(expect.arrayContaining(before));
    expect(find("HorizontalPodAutoscaler")?.options.dependencies).toContain(find("Deployment")?.urn);
  });
});

describe("X9: the topology runtime with an external database", () => {
  const databaseUrl = "postgres://app:p%40ss@db.data.svc.cluster.local:5433/spaces?sslmode=require";
  let stack: RecordedStack;
  beforeAll(async () => {
    const changes = { topology: "runtime", networking: {}, postgres: { mode: "external" } };
    stack = await recordStack("dev", changes, { databaseUrl });
  });

  it("X9: adds the database's edge, and migrates before the rollout", () => {
    expect(traffic("egress", NAME)(stack)).toContain("namespace data TCP 5433");
    expect(traffic("egress", `${NAME}-migrate`)(stack)).toEqual([DNS, "namespace data TCP 5433"]);
    expect(objectList(stack)).toContain(`Job/${NAME}-migrate`);
    expect(objectList(stack).filter((one) => one.startsWith("StatefulSet/"))).toEqual([]);
  });

  it("tells the kernel where the database is; the password is only in the Secret", () => {
    const values = ["HOST", "PORT", "NAME", "USER", "SSLMODE", "PASSWORD"].map((key) =>
      variable(NAME, `DATABASE_${key}`)(stack),
    );
    expect(values).toEqual(["db.data.svc.cluster.local", "5433", "spaces", "app", "require", "[secret]"]);
    expect(stack.manifest("Secret", "nexus-runtime-secrets").stringData).toMatchObject({ DATABASE_PASSWORD: "p@ss" });
    expect(faults(stack)).toEqual([]);
  });
});
