import { checkVolume, growVolume, type Volume, volumeOf } from "../../components/data-tier/volume";
import type { RecordedResource } from "../../components/guard/recorded";
import { withFix } from "../support/pulumi-config";
import { recordComponents } from "../support/recorded-stack";

const server = { name: "postgres", namespace: "nexus" };
const claim = (storage: string, storageClassName?: string) => ({
  storageClassName,
  resources: { requests: { storage } },
});
const statefulSet = (storage: string, storageClass?: string, namespace = "nexus"): RecordedResource => ({
  type: "kubernetes:apps/v1:StatefulSet",
  name: "data-postgres",
  outputs: {
    metadata: { name: "postgres", namespace },
    spec: { volumeClaimTemplates: [{ spec: claim(storage, storageClass) }] },
  },
});
const grown = (storage: string): RecordedResource => ({
  type: "kubernetes:core/v1:PersistentVolumeClaimPatch",
  name: "data-postgres-volume",
  outputs: { metadata: { name: "data-postgres-0", namespace: "nexus" }, spec: claim(storage) },
});

test("A25: the size of a volume is that of its enlarged claim, else that in its StatefulSet", () => {
  expect(volumeOf([], server)).toBeNull();
  expect(volumeOf([statefulSet("10Gi", undefined, "other")], server)).toBeNull();
  expect(volumeOf([statefulSet("10Gi")], server)).toEqual({ made: "10Gi", size: "10Gi", storageClass: undefined });
  expect(volumeOf([statefulSet("10Gi", "fast"), grown("20Gi")], server)).toEqual({
    made: "10Gi",
    size: "20Gi",
    storageClass: "fast",
  });
});

const volume: Volume = { made: "10Gi", size: "20Gi", storageClass: undefined };
const problemsOf = (storage: string, storageClass: string | null = null, there: Volume | null = volume): unknown => {
  try {
    checkVolume(there, { storage, storageClass });
    return [];
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
};

test("A25: a smaller volume and another class are refused, with the existing values", () => {
  expect(problemsOf("15Gi")).toEqual([
    expect.stringMatching(
      /^nexus:postgres\.storage: "15Gi" is less than the volume has \(20Gi\), and a volume cannot shrink\. Fix: pulumi config set --stack \S+ --path 'nexus:postgres\.storage' 20Gi$/,
    ),
  ]);
  expect(problemsOf("20Gi", "fast")).toEqual([
    expect.stringMatching(
      /^nexus:postgres\.storageClass: .* default class .*Fix: pulumi config rm .*'nexus:postgres\.storageClass'$/,
    ),
  ]);
  expect(problemsOf("20Gi", null, { ...volume, storageClass: "fast" })).toEqual([
    expect.stringMatching(
      /"fast", which cannot change\. Fix: pulumi config set .*'nexus:postgres\.storageClass' fast$/,
    ),
  ]);
});

test.each([
  ["a smaller volume", { storage: "15Gi" }, volume],
  ["a class where there was none", { storage: "20Gi", storageClass: "fast" }, volume],
  ["no class where there was one", { storage: "20Gi" }, { ...volume, storageClass: "fast" }],
  [
    "another class and a smaller volume",
    { storage: "15Gi", storageClass: "slow" },
    { ...volume, storageClass: "fast" },
  ],
])("A25: the printed commands cure %s", (_what, postgres, there) => {
  const refused = (settings: { storage?: string; storageClass?: string }) =>
    problemsOf(settings.storage ?? "", settings.storageClass ?? null, there) as string[];
  const commands = refused(postgres).map((problem) => problem.split("Fix: ")[1] ?? "");
  expect(commands).not.toEqual([]);
  const cured = commands.reduce((config, command) => withFix(config, command), { postgres } as Record<string, unknown>);
  expect(refused(cured.postgres as { storage?: string })).toEqual([]);
});

test("A25: the same size in another unit, a larger one and a first volume are accepted", () => {
  expect([problemsOf("20480Mi"), problemsOf("1Ti"), problemsOf("1Gi", "fast", null)]).toEqual([[], [], []]);
});

test("A25: a volume is enlarged by its claim, and keeps that size", async () => {
  const patches = async (there: Volume | null, storage: string) => {
    const { resources } = await recordComponents(() => growVolume("data-postgres-volume", there, storage, server, {}));
    return resources.map(({ type, inputs, options }) => ({ type, inputs, retained: options.retainOnDelete }));
  };
  expect(await patches(null, "10Gi")).toEqual([]);
  expect(await patches(volume, "10Gi")).toEqual([]);
  expect(await patches(volume, "30Gi")).toEqual([
    {
      type: "kubernetes:core/v1:PersistentVolumeClaimPatch",
      inputs: expect.objectContaining({
        metadata: { name: "data-postgres-0", namespace: "nexus" },
        spec: { resources: { requests: { storage: "30Gi" } } },
      }),
      retained: true,
    },
  ]);
});
