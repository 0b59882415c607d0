import * as pulumi from "@pulumi/pulumi";
import type { LookUp } from "../../components/guard/look-up";
import { boundsAnnotation, boundsBefore, boundsOf, quotaChange } from "../../components/quota";
import { recordStackAnew, type RecordedStack } from "../support/recorded-stack";

const quotas = {
  requestsCpu: "8",
  requestsMemory: "16Gi",
  limitsCpu: "40",
  limitsMemory: "40Gi",
  pods: 50,
  volumeClaims: 10,
};
const bounds = boundsOf(quotas);
const changed = (changes: Partial<typeof quotas>) => boundsOf({ ...quotas, ...changes });

describe("A48: a quota", () => {
  it.each([
    ["wider CPU", changed({ limitsCpu: "40500m" }), "before the pods"],
    ["wider memory", changed({ limitsMemory: "1Ti" }), "before the pods"],
    ["more pods", changed({ pods: 51 }), "before the pods"],
    ["narrower CPU", changed({ limitsCpu: "39500m" }), "after the pods"],
    ["narrower memory", changed({ requestsMemory: "16000Mi" }), "after the pods"],
    ["fewer claims", changed({ volumeClaims: 9 }), "after the pods"],
    ["nothing new", bounds, "before the pods"],
  ])("grows before the pods change, and shrinks after them: %s", (_, wanted, order) => {
    expect(quotaChange(bounds, wanted)).toEqual({ bounds: wanted, order });
  });

  it("of which one limit grows and another shrinks keeps the larger one, and shrinks in the next update", () => {
    const wanted = changed({ limitsCpu: "50", pods: 20 });
    const say = jest.spyOn(pulumi.log, "info").mockResolvedValue();
    const first = quotaChange(bounds, wanted);
    expect(say).toHaveBeenCalledWith("The quota grows in this update; pods shrinks in the next one.");
    say.mockRestore();
    expect(first).toEqual({ bounds: changed({ limitsCpu: "50" }), order: "before the pods" });
    expect(quotaChange(first?.bounds, wanted)).toEqual({ bounds: wanted, order: "after the pods" });
  });

  it("is added after the pods, loses its limits before them, and is then deleted", () => {
    expect(quotaChange(undefined, bounds)).toEqual({ bounds, order: "after the pods" });
    expect(quotaChange(bounds, {})).toEqual({ bounds: {}, order: "before the pods" });
    expect(quotaChange({}, {})).toBeUndefined();
    expect(quotaChange(undefined, {})).toBeUndefined();
  });

  it("of an earlier release, which does not record its limits, changes first", () => {
    expect(quotaChange(null, bounds)).toEqual({ bounds, order: "before the pods" });
    expect(quotaChange(null, {})).toEqual({ bounds: {}, order: "before the pods" });
  });

  it.each([[bounds], [{}]])("records its limits, for the next update", async (given) => {
    const metadata = { annotations: boundsAnnotation(given) };
    const ask: LookUp = async (_, [object]) => (object ? [{ object, metadata }] : []);
    const at = { name: "nexus", namespace: "nexus" };
    expect(await boundsBefore(ask, { context: "c", kubeconfig: undefined }, at)).toEqual(given);
    const old: LookUp = async (_, [object]) => (object ? [{ object, metadata: {} }] : []);
    expect(await boundsBefore(old, { context: "c", kubeconfig: undefined }, at)).toBeNull();
    expect(await boundsBefore(async () => [], { context: "c", kubeconfig: undefined }, at)).toBeUndefined();
  });
});

describe("A48: the order of an update", () => {
  /** The stack dev on a cluster that has this quota already. */
  async function updated(before: object, after: object | null): Promise<RecordedStack> {
    const metadata = {
      annotations: { ...boundsAnnotation(before as Record<string, string>), "nexus/stack": "nexus/dev" },
    };
    const ask: LookUp = async (_, objects) =>
      objects.filter(({ kind }) => kind === "ResourceQuota").map((object) => ({ object, metadata }));
    return recordStackAnew("dev", { quotas: after }, {}, ask);
  }
  const find = ({ resources }: RecordedStack, ending: string) =>
    resources.find(({ urn }) => urn.endsWith(ending))?.options.dependencies ?? [];
  const QUOTA = "ResourceQuota::environment-quota";
  const OWNERS = [
    "StatefulSet::data-postgres",
    "Deployment::data-redis-workload",
    "Job::data-workspace-kernel-migration",
  ];

  it("makes the pods wait for a quota that grows", async () => {
    const stack = await updated(changed({ limitsCpu: "30" }), quotas);
    for (const owner of OWNERS) expect(find(stack, owner).filter((urn) => urn.endsWith(QUOTA))).toHaveLength(1);
  });

  it("makes a quota that shrinks wait for the pods", async () => {
    const stack = await updated(changed({ limitsCpu: "60" }), quotas);
    for (const owner of OWNERS) {
      expect(find(stack, owner).filter((urn) => urn.endsWith(QUOTA))).toEqual([]);
      expect(find(stack, QUOTA).filter((urn) => urn.endsWith(owner))).toHaveLength(1);
    }
  });

  it("removes the limits before the pods if the stack has no quota any more, and then the quota", async () => {
    const stack = await updated(bounds, null);
    expect(stack.manifest("ResourceQuota", "nexus").spec).toEqual({ hard: {} });
    expect(find(stack, "StatefulSet::data-postgres").some((urn) => urn.endsWith(QUOTA))).toBe(true);
    const next = await updated({}, null);
    const own = next.manifests.filter(({ metadata }) => metadata.namespace === "nexus");
    expect(own.filter(({ kind }) => kind === "ResourceQuota")).toEqual([]);
  });
});
