import type { RecordedStack } from "../support/recorded-stack";
import {
  autoscaler,
  container,
  faults,
  ingressRules,
  inSpec,
  kinds,
  objectList,
  recordTopology,
  resources,
  type Row,
  service,
  setting,
  traffic,
  variable,
} from "../support/topology";

const KERNEL = "workspace-kernel";
const FRONTEND = "graphstudio-frontend";
const AI = "nexus-os";
const RUN_SMOOTHLY = { up: ["50 Percent in 60 s"], down: ["25 Percent in 60 s"], above: ["cpu 70%", "memory 80%"] };

/** A row of the source's table: pods, limits, ports and log level. */
const line = (owner: string, pods: Row[2]) => (stack: RecordedStack) => [
  pods(stack),
  container(owner, "resources")(stack),
  service(owner)(stack),
  variable(owner, "LOG_LEVEL")(stack),
];

const rows: Row[] = [
  ["B6", "namespace", kinds("Namespace"), ["nexus"]],
  ["B1 B21", "Deployments", (stack) => [...kinds("Deployment")(stack)].sort(), [FRONTEND, AI, "redis", KERNEL]],
  ["B1 B12 B17 B21", "StatefulSets", kinds("StatefulSet"), ["postgres"]],
  [
    "B6",
    "the frontend",
    line(FRONTEND, inSpec("Deployment", FRONTEND, "replicas")),
    [1, limits("200m", "256Mi"), ["ClusterIP", "http 80 -> http"], "info"],
  ],
  [
    "B7",
    "the kernel",
    line(KERNEL, autoscaler(KERNEL)),
    [
      { target: `Deployment/${KERNEL}`, range: "1-10", ...RUN_SMOOTHLY },
      limits("1", "2Gi"),
      ["ClusterIP", "http 3000 -> http", "websocket 3001 -> websocket"],
      "debug",
    ],
  ],
  [
    "B8",
    "nexus-os",
    line(AI, autoscaler(AI)),
    [
      { target: `Deployment/${AI}`, range: "1-3", ...RUN_SMOOTHLY },
      limits("500m", "1Gi"),
      ["ClusterIP", "http 4000 -> http"],
      "info",
    ],
  ],
  [
    "B9",
    "postgres",
    line("postgres", inSpec("StatefulSet", "postgres", "replicas")),
    [1, limits("500m", "1Gi"), ["headless", "postgres 5432 -> postgres"], undefined],
  ],
  [
    "B10",
    "redis",
    line("redis", inSpec("Deployment", "redis", "replicas")),
    [1, limits("100m", "256Mi"), ["ClusterIP", "redis 6379 -> redis"], undefined],
  ],
  ["X4", "redis", resources("redis"), "50m/128Mi -> 100m/256Mi"],
  [
    "B5 B12",
    "Ingress",
    ingressRules("nexus"),
    [`localhost/panels -> ${KERNEL}:websocket`, `localhost/ -> ${FRONTEND}:http`],
  ],
  ["B5", "where the frontend may go", traffic("egress", FRONTEND), [`${KERNEL} TCP 3000, TCP 3001`, `${AI} TCP 4000`]],
  [
    "B5",
    "where the kernel may go",
    traffic("egress", KERNEL),
    [
      ...[`${AI} TCP 4000`, `${KERNEL} TCP 3000, TCP 3001`],
      ...["postgres TCP 5432", "0.0.0.0/0 but private TCP 80, TCP 443"],
    ],
  ],
  [
    "B5",
    "where code of workspaces asks the AI",
    variable(KERNEL, "AI_URL"),
    `http://${AI}.nexus.svc.cluster.local:4000`,
  ],
  ["B5", "where nexus-os may go", traffic("egress", AI), ["redis TCP 6379", "0.0.0.0/0 but private TCP 443"]],
  ["B2 B27", "MULTI_TENANT_MODE", variable(KERNEL, "MULTI_TENANT_MODE"), "true"],
  ["B5 B27", "MAX_WORKSPACES_PER_POD", variable(KERNEL, "MAX_WORKSPACES_PER_POD"), "50"],
  ["B27", "IDLE_WORKSPACE_TIMEOUT_MS", variable(KERNEL, "IDLE_WORKSPACE_TIMEOUT_MS"), "1800000"],
  [
    "D10",
    "log level from the ConfigMap; the level of nexus-os itself comes first",
    (stack) => [setting("nexus-config", "LOG_LEVEL")(stack), variable(AI, "LOG_LEVEL")(stack)],
    ["debug", "info"],
  ],
  ["B27", "shared LOG_LEVEL", setting("nexus-config", "LOG_LEVEL"), "debug"],
  [
    "B5",
    "address of nexus-os in the studio",
    variable(FRONTEND, "NEXUS_OS_URL"),
    "http://nexus-os.nexus.svc.cluster.local:4000",
  ],
  ["B5", "address of redis in nexus-os", variable(AI, "REDIS_HOST"), "redis"],
  ["X6", "address for log-in", variable(FRONTEND, "BACKEND_URL"), undefined],
  ["X6", "AUTH_ENABLED without a backend", variable(KERNEL, "AUTH_ENABLED"), "false"],
  ["A46", "faults", faults, []],
];

function limits(cpu: string, memory: string): unknown {
  return expect.objectContaining({ limits: { cpu, memory } });
}

describe("X1 X4: the topology mono", () => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await recordTopology("mono");
  });

  it.each(rows)("%s: %s", (_, __, read, expected) => {
    expect(read(stack)).toEqual(expected);
  });

  it("B11 B12 B15: consists of exactly these objects", () => {
    const services = [KERNEL, FRONTEND, AI, "redis", "postgres"];
    expect(objectList(stack)).toEqual(
      [
        "Namespace/nexus",
        "ConfigMap/nexus-config",
        "Secret/nexus-secrets",
        "Ingress/nexus",
        ...services.flatMap((name) => [`Service/${name}`, `ServiceAccount/${name}`, `NetworkPolicy/${name}`]),
        `Deployment/${KERNEL}`,
        `Deployment/${FRONTEND}`,
        `Deployment/${AI}`,
        "Deployment/redis",
        "StatefulSet/postgres",
        `HorizontalPodAutoscaler/${KERNEL}`,
        `HorizontalPodAutoscaler/${AI}`,
        `PodDisruptionBudget/${KERNEL}`,
        `PodDisruptionBudget/${AI}`,
        `Job/${KERNEL}-migrate`,
        `ServiceAccount/${KERNEL}-migrate`,
        `NetworkPolicy/${KERNEL}-migrate`,
        "CronJob/postgres-backup",
        "CronJob/postgres-drill",
        "NetworkPolicy/postgres-backup",
        "PersistentVolumeClaim/postgres-backup",
        "ServiceAccount/postgres-backup",
        "NetworkPolicy/deny-all",
        "NetworkPolicy/dns",
        "NetworkPolicy/nexus-debug",
      ].sort(),
    );
  });
});

it("X6: tokens of an external issuer are passed on to the kernel and to nexus-os", async () => {
  const auth = {
    enabled: true,
    issuer: "https://login.example.com",
    jwksUrl: "https://login.example.com/.well-known/jwks.json",
  };
  const stack = await recordTopology("mono", { auth });
  for (const owner of [KERNEL, AI]) {
    expect(variable(owner, "AUTH_ENABLED")(stack)).toBe("true");
    expect(variable(owner, "AUTH_ISSUER")(stack)).toBe(auth.issuer);
    expect(variable(owner, "AUTH_JWKS_URL")(stack)).toBe(auth.jwksUrl);
    expect(variable(owner, "JWT_SECRET")(stack)).toBe("[secret]");
  }
});
