import { podTemplates, recordStack, type RecordedStack } from "../support/recorded-stack";

/** Properties that have no effect while nothing fails: each was once removed from the code without a failing test. */
let stack: RecordedStack;
beforeAll(async () => {
  stack = await recordStack("dev");
});

const ofKind = (kind: string) => stack.manifests.filter((one) => one.kind === kind);

test("X16: the provider continues where a killed update stopped, and changes settings and secrets in place", () => {
  const provider = stack.resources.find(({ type }) => type === "pulumi:providers:kubernetes");
  expect(provider?.inputs).toMatchObject({
    upsertExistingObjects: "true",
    enableConfigMapMutable: "true",
    enableSecretMutable: "true",
  });
});

test("A45: no account of a workload or a migration has a token", () => {
  const accounts = ofKind("ServiceAccount");
  expect(accounts.length).toBeGreaterThan(7);
  expect(accounts.filter((one) => one.automountServiceAccountToken !== false)).toEqual([]);
});

test("P5: every workload keeps revisions for a rollback", () => {
  const workloads = [...ofKind("Deployment"), ...ofKind("StatefulSet")];
  const kept = workloads.map(({ spec }) => (spec as { revisionHistoryLimit?: number }).revisionHistoryLimit);
  expect(kept).toEqual(workloads.map(() => 5));
});

test("A46: the owner of a large volume is changed once, not file by file at every start", () => {
  for (const [owner, { spec }] of Object.entries(podTemplates(stack)))
    expect([owner, spec.securityContext]).toEqual([
      owner,
      expect.objectContaining({ fsGroupChangePolicy: "OnRootMismatch" }),
    ]);
});

test("every pod of a Deployment carries the hash of its settings", () => {
  const owners = ofKind("Deployment").map(({ metadata }) => metadata.name);
  const hashes = owners.map((owner) => podTemplates(stack)[owner]?.metadata.annotations?.["checksum/settings"]);
  expect(hashes.filter((hash) => !/^[0-9a-f]{64}$/.test(hash ?? ""))).toEqual([]);
});

test("no configured annotation makes another stack the owner of an object", async () => {
  const annotations = { "nexus/stack": "other/stack", "pulumi.com/patchFieldManager": "other" };
  const other = await recordStack("dev", { networking: { ingress: { host: "a.example.com", annotations } } });
  expect(other.manifest("Ingress", "nexus").metadata.annotations).toMatchObject({
    "nexus/stack": "nexus/dev",
    "pulumi.com/patchFieldManager": "nexus",
  });
});
