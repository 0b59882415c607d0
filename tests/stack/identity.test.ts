import { presetNames } from "../../config/presets";
import { reveal } from "../../cli/render/recorder";
import { type RecordedStack, recordStack } from "../support/recorded-stack";

/** Inputs that cannot be changed in place, by type: with another value the engine replaces the resource. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:apps/v1:Deployment": ["spec.selector"],
  "kubernetes:apps/v1:StatefulSet": [
    "spec.selector",
    "spec.serviceName",
    "spec.podManagementPolicy",
    "spec.volumeClaimTemplates.0.metadata.name",
    "spec.volumeClaimTemplates.0.spec.accessModes",
    "spec.volumeClaimTemplates.0.spec.storageClassName",
  ],
  "kubernetes:core/v1:Secret": ["type", "immutable"],
  "kubernetes:core/v1:Service": ["spec.clusterIP"],
  "random:index/randomPassword:RandomPassword": ["length", "special", "overrideSpecial", "keepers"],
};
const OF_ALL = ["metadata.name", "metadata.namespace"];
/** A Job runs once for each image, so every change of its image makes a new one. */
const MADE_ANEW = "kubernetes:batch/v1:Job";

const valueAt = (inputs: unknown, path: string) =>
  path
    .split(".")
    .reduce<unknown>((value, key) => (value === undefined ? undefined : Reflect.get(value as object, key)), inputs);

/** Everything by which the engine knows a stack's resources again. */
function identityOf({ resources }: RecordedStack): string[] {
  const lines = resources
    .filter(({ type }) => type !== MADE_ANEW)
    .map(({ urn, type, inputs }) => {
      const plain = reveal(inputs);
      const fixed = [...OF_ALL, ...(FIXED[type] ?? [])].flatMap((path) => {
        const value = valueAt(plain, path);
        return value === undefined ? [] : [`${path}=${JSON.stringify(value)}`];
      });
      return [urn.split("::").slice(2).join("::"), ...fixed].join(" ");
    });
  return lines.sort();
}

// A line that changes is a resource that the next `up` of every running stack replaces: Postgres with its data, a password.
// Keep the old name by an alias instead. Lines that are added are safe.
test.each([...presetNames.map((topology) => ["dev", topology] as const), ["staging", "full"] as const])(
  "P4: stack %s in topology %s keeps what the engine knows its resources by",
  async (stack, topology) => {
    expect(identityOf(await recordStack(stack, { topology }))).toMatchSnapshot();
  },
);
