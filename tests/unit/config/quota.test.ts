import { cpuMillis, memoryBytes } from "@nexus/contract";
import { presetNames } from "../../../config/presets";
import { podsOf } from "../../../config/pods";
import { sumsOf } from "../../../config/quota";
import { load, problems } from "../../support/config";
import { withFix } from "../../support/pulumi-config";
import { podTemplates, type RecordedStack } from "../../support/recorded-stack";
import { recordTopology } from "../../support/topology";

const local = { cluster: { kind: "local" } };
const of = (config: Readonly<Record<string, unknown>>) => problems({ config: { ...local, ...config } });

interface Scaler {
  readonly maxReplicas: number;
}
interface Owner {
  readonly replicas?: number;
  readonly strategy?: { readonly type: string };
}

/** The most pods that the objects of a stack allow of one owner, those of a rolling update included. */
function mostPods({ manifests }: RecordedStack, owner: string): number {
  const named = (kind: string) =>
    manifests.find((one) => one.kind === kind && one.metadata.name === owner)?.spec as (Owner & Scaler) | undefined;
  const deployment = named("Deployment");
  if (!deployment) return 1;
  const surge = deployment.strategy?.type === "RollingUpdate" ? 1 : 0;
  return (named("HorizontalPodAutoscaler")?.maxReplicas ?? deployment.replicas ?? 1) + surge;
}

describe.each(presetNames)("A48: the sums of the topology %s", (topology) => {
  it("are those of its objects", async () => {
    const stack = await recordTopology(topology);
    const sums = { requestsCpu: 0, requestsMemory: 0, limitsCpu: 0, limitsMemory: 0, pods: 0 };
    for (const [owner, { spec }] of Object.entries(podTemplates(stack))) {
      const pods = mostPods(stack, owner);
      const { requests, limits } = spec.containers[0]?.resources as Record<
        "requests" | "limits",
        Record<string, string>
      >;
      sums.requestsCpu += pods * (cpuMillis(requests.cpu ?? "") ?? NaN);
      sums.requestsMemory += pods * (memoryBytes(requests.memory ?? "") ?? NaN);
      sums.limitsCpu += pods * (cpuMillis(limits.cpu ?? "") ?? NaN);
      sums.limitsMemory += pods * (memoryBytes(limits.memory ?? "") ?? NaN);
      sums.pods += pods;
    }
    const config = await load({ config: { ...local, topology } });
    expect(sumsOf(podsOf(config as unknown as Parameters<typeof podsOf>[0]))).toEqual(sums);
  });

  it("fit the default quotas of a stack", async () => {
    expect(await of({ topology, quotas: {} })).toEqual([]);
  });
});

describe("A48: quotas that are too small for the stack", () => {
  it.each([
    ["limitsCpu", "2", "30", "11 of workspace-kernel 22, 4 of nexus-os 2 and others", "30"],
    ["requestsCpu", "500m", "2", "11 of workspace-kernel 2, 2 of graphstudio-backend 1 and others", "2"],
    ["limitsMemory", "4Gi", "31Gi", "11 of workspace-kernel 22Gi, 4 of nexus-os 4Gi and others", "31Gi"],
    ["requestsMemory", "1Gi", "9Gi", "11 of workspace-kernel 6Gi, 4 of nexus-os 1Gi and others", "9Gi"],
    ["pods", 10, "25", "11 of workspace-kernel 11, 4 of nexus-os 4 and others", "25"],
  ])("are reported with the sum and a fix that works: %s", async (key, value, sum, parts, fix) => {
    const config = { ...local, quotas: { [key]: value } };
    const command = `pulumi config set --path 'nexus:quotas.${key}' ${fix}`;
    expect(await problems({ config })).toEqual([
      `nexus:quotas.${key}: "${value}" is less than the ${sum} that this stack may take (${parts}). Fix: ${command}`,
    ]);
    expect(await problems({ config: withFix(config, command) })).toEqual([]);
  });

  it("include pods that an autoscaler or a rolling update may add", async () => {
    const kernel = { autoscaling: null, replicas: 2 };
    const small = { graphstudio: { backend: { replicas: 1 } }, nexusOs: { enabled: false }, quotas: { pods: 12 } };
    expect(await of({ ...small, kernel })).toEqual([
      expect.stringMatching(/^nexus:quotas.pods: "12" is less than the 13 that this stack may take/),
    ]);
    expect(await of({ ...small, kernel: { ...kernel, replicas: 1 } })).toEqual([]);
  });

  it("require a limit of every pod, because the cluster would set a default", async () => {
    expect(await of({ quotas: {}, kernel: { limits: { memory: null } } })).toEqual([
      `nexus:kernel.limits.memory: "null" contradicts quotas, under which every pod has a limit. Fix: pulumi config set --path 'nexus:kernel.limits.memory' 2Gi`,
    ]);
  });
});
