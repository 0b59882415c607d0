import { tenantNamespaces } from "@nexus/contract";
import type { RecordedStack } from "../support/recorded-stack";
import {
  autoscaler,
  container,
  faults,
  kinds,
  recordTopology,
  resources,
  type Row,
  service,
  traffic,
  variable,
} from "../support/topology";

const KERNEL = "workspace-kernel";
const AI = "nexus-os";
const SMOOTH = { up: ["50 Percent in 60 s"], down: ["25 Percent in 60 s"], above: ["cpu 70%", "memory 80%"] };

const rows: Row[] = [
  ["X2", "namespace", kinds("Namespace"), [...tenantNamespaces("nexus", 3), "nexus"]],
  ["X1", "Service of the kernel", service(KERNEL), ["ClusterIP", "http 3000 -> http", "websocket 3001 -> websocket"]],
  ["X3", "autoscaler of the kernel", autoscaler(KERNEL), { target: `Deployment/${KERNEL}`, range: "2-10", ...SMOOTH }],
  ["X4", "kernel", resources(KERNEL), "100m/512Mi -> 2/2Gi"],
  ["X4", "redis", resources("redis"), "50m/128Mi -> 200m/256Mi"],
  ["A20", "backend", resources("graphstudio-backend"), "100m/256Mi -> 500m/512Mi"],
  ["A19", "frontend", resources("graphstudio-frontend"), "50m/128Mi -> 200m/256Mi"],
  ["A22", "postgres", resources("postgres"), "100m/512Mi -> 500m/1Gi"],
  ["B8 X6", "nexus-os", resources(AI), "50m/256Mi -> 500m/1Gi"],
  ["B8 X6", "autoscaler of nexus-os", autoscaler(AI), { target: `Deployment/${AI}`, range: "1-3", ...SMOOTH }],
  ["B8", "Service of nexus-os", service(AI), ["ClusterIP", "http 4000 -> http"]],
  ["B8", "log level of nexus-os", variable(AI, "LOG_LEVEL"), "info"],
  [
    "B8",
    "probes of nexus-os",
    container(AI, "readinessProbe"),
    expect.objectContaining({ httpGet: { path: "/ready", port: "http" } }),
  ],
  [
    "B5",
    "who may reach nexus-os",
    traffic("ingress", AI),
    [
      "graphstudio-frontend TCP 4000",
      "workspace-kernel TCP 4000",
      "namespace monitoring TCP 4000",
      "nexus-debug TCP 4000",
    ],
  ],
  [
    "B5",
    "where nexus-os may go",
    traffic("egress", AI),
    ["graphstudio-backend TCP 3000", "redis TCP 6379", "0.0.0.0/0 but private TCP 443"],
  ],
  ["A30", "model key in nexus-os", variable(AI, "ANTHROPIC_API_KEY"), "[secret]"],
  ["E21", "model key in the kernel, which asks nobody", variable(KERNEL, "OPENAI_API_KEY"), undefined],
  ["E21", "the AI library in the kernel", variable(KERNEL, "AI_ENABLED"), undefined],
  ["B8", "budget in nexus-os", variable(AI, "AI_BUDGET_TOKENS_PER_DAY"), "200000"],
  ["A41", "token key in nexus-os", variable(AI, "JWT_SECRET_KEY"), "[secret]"],
  ["E21", "the cache in the kernel, which needs none", variable(KERNEL, "REDIS_PASSWORD"), undefined],
  ["E21", "the database in nexus-os, which needs none", variable(AI, "DATABASE_PASSWORD"), undefined],
  ["A46", "faults", faults, []],
];

describe("X1 X6: the topology full", () => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await recordTopology("full");
  });

  it.each(rows)("%s: %s", (_, __, read, expected) => {
    expect(read(stack)).toEqual(expected);
  });
});
