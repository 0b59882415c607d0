import { cpuMillis, memoryBytes, PRIVATE_NETWORKS, tenantNamespaces } from "@nexus/contract";
import { containerOf, podTemplates, type RecordedStack } from "../support/recorded-stack";
import {
  autoscaler,
  container,
  faults,
  ingressRules,
  inSpec,
  kinds,
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

const KERNEL = "workspace-kernel";
const BACKEND = "graphstudio-backend";
const FRONTEND = "graphstudio-frontend";

const inCluster = (name: string, port: number) => `http://${name}.nexus-python.svc.cluster.local:${port}`;

const secretKeys = (stack: RecordedStack) =>
  Object.keys(stack.manifest("Secret", "nexus-secrets").stringData as object).sort();

/** The sum over all pods that run permanently, as "cpu/memory" in thousandths and MiB. */
const total = (field: "requests" | "limits") => (stack: RecordedStack) => {
  const owners = [FRONTEND, BACKEND, KERNEL, "postgres", "redis"];
  const amounts = owners.map(
    (owner) => (containerOf(stack, owner).resources as Record<typeof field, { cpu: string; memory: string }>)[field],
  );
  const cpu = amounts.reduce((sum, one) => sum + (cpuMillis(one.cpu) ?? NaN), 0);
  const memory = amounts.reduce((sum, one) => sum + (memoryBytes(one.memory) ?? NaN), 0);
  return `${cpu}m/${memory / 2 ** 20}Mi`;
};

const volumes = (owner: string) => (stack: RecordedStack) =>
  (podTemplates(stack)[owner]?.spec.volumes as Record<string, unknown>[]).map(
    (volume) => Object.keys(volume).find((key) => key !== "name") ?? "",
  );

const rows: Row[] = [
  ["A1", "our images", (stack) => [...kinds("Deployment")(stack)].sort(), [BACKEND, FRONTEND, "redis", KERNEL]],
  [
    "A3 A57",
    "Service of the kernel",
    service(KERNEL),
    ["ClusterIP", "http 8000 -> http", "websocket 3001 -> websocket"],
  ],
  ["A40 A57", "port of the kernel", variable(KERNEL, "HTTP_PORT"), "8000"],
  [
    "A40",
    "liveness of the kernel",
    container(KERNEL, "livenessProbe"),
    expect.objectContaining({ httpGet: { path: "/health", port: "http" } }),
  ],
  [
    "A3 A12 A34 A35 A51",
    "autoscaler of the kernel",
    autoscaler(KERNEL),
    {
      target: `Deployment/${KERNEL}`,
      range: "1-10",
      above: ["cpu 70%", "memory 80%"],
      up: ["50 Percent in 60 s"],
      down: ["25 Percent in 60 s"],
    },
  ],
  [
    "X11",
    "pods in the kernel's Deployment",
    (stack) => stack.manifest("Deployment", KERNEL).spec,
    expect.not.objectContaining({ replicas: expect.anything() }),
  ],
  ["A4", "pods of the backend", inSpec("Deployment", BACKEND, "replicas"), 1],
  ["A4 A56", "Service of the backend", service(BACKEND), ["ClusterIP", "http 3000 -> http"]],
  ["A5", "pods of the frontend", inSpec("Deployment", FRONTEND, "replicas"), 1],
  ["A5 A18", "Service of the frontend", service(FRONTEND), ["NodePort", "http 80 -> http node 30080"]],
  ["A6", "StatefulSet", kinds("StatefulSet"), ["postgres"]],
  ["A6", "Service of postgres", service("postgres"), ["headless", "postgres 5432 -> postgres"]],
  ["A7", "Service of redis", service("redis"), ["ClusterIP", "redis 6379 -> redis"]],
  ["A8", "Ingress class", inSpec("Ingress", "nexus", "ingressClassName"), "nginx"],
  [
    "A8",
    "Ingress",
    ingressRules("nexus"),
    [`localhost/panels -> ${KERNEL}:websocket`, `localhost/ -> ${FRONTEND}:http`],
  ],
  [
    "A11",
    "where the kernel may go",
    traffic("egress", KERNEL),
    [
      `${BACKEND} TCP 3000`,
      `${KERNEL} TCP 8000, TCP 3001`,
      "postgres TCP 5432",
      "redis TCP 6379",
      "0.0.0.0/0 but private TCP 80, TCP 443",
    ],
  ],
  [
    "A11",
    "where the backend may go",
    traffic("egress", BACKEND),
    // The API server of the platform's own cluster has some private address.
    [
      "postgres TCP 5432",
      "redis TCP 6379",
      ...["0.0.0.0/0 but private", ...PRIVATE_NETWORKS].map((network) => `${network} TCP 443, TCP 6443`),
    ],
  ],
  [
    "A11",
    "where the frontend may go",
    traffic("egress", FRONTEND),
    [`${KERNEL} TCP 8000, TCP 3001`, `${BACKEND} TCP 3000`],
  ],
  ["A19", "frontend", resources(FRONTEND), "100m/128Mi -> 200m/256Mi"],
  ["A20", "backend", resources(BACKEND), "200m/256Mi -> 500m/512Mi"],
  ["A21", "kernel", resources(KERNEL), "500m/512Mi -> 2/2Gi"],
  ["A22", "postgres", resources("postgres"), "250m/512Mi -> 500m/1Gi"],
  ["A23", "redis", resources("redis"), "100m/128Mi -> 200m/256Mi"],
  ["A24", "all requests", total("requests"), "1150m/1536Mi"],
  ["A24", "all limits", total("limits"), "3400m/4096Mi"],
  [
    "A25",
    "volume of postgres",
    inSpec("StatefulSet", "postgres", "volumeClaimTemplates.0.spec.resources.requests.storage"),
    "10Gi",
  ],
  [
    "A25",
    "volumes of redis and the kernel",
    (stack) => ["redis", KERNEL].map((owner) => volumes(owner)(stack)),
    [
      ["emptyDir", "emptyDir"],
      ["emptyDir", "emptyDir"],
    ],
  ],
  ["A26", "MULTI_TENANT_MODE", variable(KERNEL, "MULTI_TENANT_MODE"), "true"],
  ["A12 A26", "MAX_WORKSPACES_PER_POD", variable(KERNEL, "MAX_WORKSPACES_PER_POD"), "50"],
  ["A13 A26", "IDLE_WORKSPACE_TIMEOUT_MS", variable(KERNEL, "IDLE_WORKSPACE_TIMEOUT_MS"), "1800000"],
  ["A27", "LOG_LEVEL where the stack says nothing", variable(BACKEND, "LOG_LEVEL"), "info"],
  ["A28", "AUTH_ENABLED", variable(KERNEL, "AUTH_ENABLED"), "true"],
  ["A29 A58", "TRILOG_ENABLED", setting("nexus-config", "TRILOG_ENABLED"), "false"],
  ["A29", "OTEL_ENDPOINT", setting("nexus-config", "OTEL_ENDPOINT"), "http://otel-collector:4318"],
  [
    "A30",
    "keys of the Secret",
    secretKeys,
    expect.arrayContaining(["ANTHROPIC_API_KEY", "DATABASE_PASSWORD", "JWT_SECRET_KEY", "OPENAI_API_KEY"]),
  ],
  ["A54", "keys of the AI library in the kernel", variable(KERNEL, "OPENAI_API_KEY"), "[secret]"],
  ["A54", "the AI library in the kernel", variable(KERNEL, "AI_ENABLED"), "true"],
  ["A54", "budget of the AI library", variable(KERNEL, "AI_BUDGET_TOKENS_PER_DAY"), "200000"],
  ["A54", "where budgets are counted", variable(KERNEL, "REDIS_HOST"), "redis"],
  ["A54", "who serves /ai/", variable(FRONTEND, "NEXUS_OS_URL"), inCluster(KERNEL, 8000)],
  ["A45", "account of the kernel", podSpec(KERNEL, "serviceAccountName"), KERNEL],
  ["A45", "token of the kernel", podSpec(KERNEL, "automountServiceAccountToken"), false],
  ["A43", "policies", kinds("NetworkPolicy"), expect.arrayContaining(["deny-all", "dns", KERNEL, BACKEND, FRONTEND])],
  ["C13", "disruption budgets where several pods may run", kinds("PodDisruptionBudget"), [KERNEL]],
  ["A46", "faults", faults, []],
];

describe("A59 X1 X2: the topology python", () => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await recordTopology("python");
  });

  it.each(rows)("%s: %s", (_, __, read, expected) => {
    expect(read(stack)).toEqual(expected);
  });

  it("A12: has room for 500 workspaces", () => {
    const perPod = Number(setting("nexus-config", "MAX_WORKSPACES_PER_POD")(stack));
    const pods = inSpec("HorizontalPodAutoscaler", KERNEL, "maxReplicas")(stack);
    expect(perPod * Number(pods)).toBe(500);
  });

  it("A2: has a namespace, a ConfigMap and a Secret, and puts everything into that namespace", () => {
    expect(objectList(stack)).toEqual(
      expect.arrayContaining(["Namespace/nexus-python", "ConfigMap/nexus-config", "Secret/nexus-secrets"]),
    );
    const others = tenantNamespaces("nexus-python", 3);
    const elsewhere = stack.manifests.filter(
      ({ kind, metadata }) => kind !== "Namespace" && metadata.namespace !== "nexus-python",
    );
    expect(elsewhere.filter(({ metadata }) => !others.includes(metadata.namespace ?? ""))).toEqual([]);
  });
});
