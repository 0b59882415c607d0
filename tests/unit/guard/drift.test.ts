import { changesSince, driftOf, driftText } from "../../../components/guard/drift";
import type { ManagedFields, Metadata } from "../../../components/guard/look-up";
import type { RecordedResource } from "../../../components/guard/recorded";

const OWN: ManagedFields = {
  manager: "nexus",
  operation: "Apply",
  time: "2026-01-02T03:04:05Z",
  fieldsV1: { "f:spec": { "f:replicas": {}, "f:template": {} } },
};
const LESS: ManagedFields = { ...OWN, fieldsV1: { "f:spec": { "f:template": {} } } };
const KUBECTL: ManagedFields = {
  manager: "kubectl",
  operation: "Update",
  time: "2026-01-03T00:00:00Z",
  fieldsV1: { "f:spec": { "f:replicas": {} } },
};
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
  [
    "a field that is gone, and another one",
    [OWN],
    [LESS, { ...KUBECTL, fieldsV1: { "f:spec": { "f:paused": {} } } }],
    "kubectl, 2026-01-03T00:00:00Z; somebody who removed fields",
  ],
  ["what a part of the cluster completes", [OWN], [OWN, { ...KUBECTL, manager: "kube-scheduler" }], undefined],
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

test("P4: the changed fields of each writer are named, and whether the stack sets them", () => {
  const container = (field: string) => ({
    "f:template": { "f:spec": { "f:containers": { 'k:{"name":"redis"}': { ".": {}, [field]: {} } } } },
  });
  const own = {
    ...OWN,
    fieldsV1: { "f:spec": { "f:replicas": {}, ...container("f:image") }, "f:data": { "f:a.b/c": {} } },
  };
  const label = { "f:metadata": { "f:labels": { "f:team": {} } } };
  const edited = { ...KUBECTL, fieldsV1: { "f:spec": container("f:image"), ...label } };
  const once = { ...own, fieldsV1: { "f:spec": { "f:replicas": {} }, "f:data": {} } };
  const { changed } = changesSince([resource([own])], [{ object, metadata: { managedFields: [once, edited] } }]);
  const image = "spec.template.spec.containers[name=redis].image";
  expect(changed[0]?.changes).toEqual([
    { by: "kubectl", time: "2026-01-03T00:00:00Z", fields: [image, "metadata.labels.team"] },
    { by: "somebody who removed fields", time: undefined, fields: ['data["a.b/c"]'] },
  ]);
  expect([...(changed[0]?.own ?? [])]).toEqual(["spec.replicas", image, 'data["a.b/c"]']);
  // The second edit of an editor who was known is told by what is new in it.
  const more = {
    ...edited,
    time: "2026-01-04T00:00:00Z",
    fieldsV1: { ...edited.fieldsV1, "f:spec": { "f:paused": {} } },
  };
  const again = changesSince([resource([once, edited])], [{ object, metadata: { managedFields: [once, more] } }]);
  expect(again.changed[0]?.changes).toEqual([{ by: "kubectl", time: more.time, fields: ["spec.paused"] }]);
});
