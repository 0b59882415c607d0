import { driftOf, driftText } from "../../../components/guard/drift";
import type { ManagedFields, Metadata } from "../../../components/guard/look-up";
import type { RecordedResource } from "../../../components/guard/recorded";

const OWN: ManagedFields = {
  manager: "nexus",
  operation: "Apply",
  time: "2026-01-02T03:04:05Z",
  fieldsV1: { "f:spec": { "f:replicas": {}, "f:template": {} } },
};
const LESS: ManagedFields = { ...OWN, fieldsV1: { "f:spec": { "f:template": {} } } };
const KUBECTL: ManagedFields = { manager: "kubectl", operation: "Update", time: "2026-01-03T00:00:00Z" };
const REPORT: ManagedFields = { manager: "kube-controller-manager", operation: "Update", subresource: "status" };
const SCALED: ManagedFields = { ...KUBECTL, subresource: "scale" };

const object = { apiVersion: "apps/v1", kind: "Deployment", name: "redis", namespace: "nexus" };
const resource = (
  managedFields: readonly ManagedFields[],
  type = "kubernetes:apps/v1:Deployment",
): RecordedResource => ({
  type,
  name: "redis",
  outputs: { metadata: { name: "redis", namespace: "nexus", managedFields } },
});
const changedBetween = (before: readonly ManagedFields[], now: readonly ManagedFields[]) =>
  driftOf([resource(before)], [{ object, metadata: { managedFields: now } }]).changed;

const rows: [what: string, before: ManagedFields[], now: ManagedFields[], by: string | undefined][] = [
  ["nothing", [OWN, REPORT], [OWN, REPORT], undefined],
  ["what controllers report", [OWN], [OWN, { ...REPORT, time: "2026-01-04T00:00:00Z" }], undefined],
  ["the order of keys", [OWN], [{ ...OWN, fieldsV1: { "f:spec": { "f:template": {}, "f:replicas": {} } } }], undefined],
  ["a field of ours", [OWN], [LESS, KUBECTL], "kubectl, 2026-01-03T00:00:00Z"],
  ["a field that we do not set", [OWN], [OWN, KUBECTL], "kubectl, 2026-01-03T00:00:00Z"],
  ["the number of pods", [OWN], [LESS, SCALED], "kubectl, 2026-01-03T00:00:00Z"],
  [
    "a field, once more",
    [LESS, KUBECTL],
    [LESS, { ...KUBECTL, time: "2026-01-05T00:00:00Z" }],
    "kubectl, 2026-01-05T00:00:00Z",
  ],
  ["a field that is gone", [OWN], [LESS], "somebody who removed fields"],
  ["the number of pods, which an autoscaler decides", [LESS], [LESS, SCALED], undefined],
];
test.each(rows)("P4: managed fields show whether somebody changed an object: %s", (_what, before, now, by) => {
  expect(changedBetween(before, now)).toEqual(by === undefined ? [] : [`Deployment nexus/redis (${by})`]);
});

test("P4: a deleted object is reported; Jobs, and objects that were not looked up, are left out", () => {
  const metadata: Metadata = {};
  const job = resource([OWN], "kubernetes:batch/v1:Job");
  const mine = resource([OWN]);
  expect(driftOf([mine, job, { type: "pulumi:pulumi:Stack", name: "dev", outputs: {} }], [])).toEqual({
    lost: ["Deployment nexus/redis"],
    changed: [],
  });
  expect(driftOf([mine], [], () => false)).toEqual({ lost: [], changed: [] });
  expect(driftOf([mine], [{ object: { ...object, namespace: "other" }, metadata }]).lost).toHaveLength(1);
});

test("P4: the drift is one sentence, in which foreign names are shortened and printable", () => {
  expect(driftText({ lost: [], changed: [] })).toBeUndefined();
  const loud = { ...KUBECTL, manager: `\u001b[2J${"x".repeat(200)}` };
  const [changed = ""] = changedBetween([OWN], [OWN, loud]);
  expect(changed).not.toContain("\u001b");
  expect(changed.length).toBeLessThan(130);
  expect(driftText({ lost: ["Secret a", "ConfigMap b"], changed: ["Deployment c (kubectl)"] })).toBe(
    "Since the last update somebody else deleted ConfigMap b, Secret a and changed Deployment c (kubectl)",
  );
});
