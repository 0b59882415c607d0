import { isOutlived } from "../../../components/lib/generations";
import { releaseData } from "../../../components/releases/release";
import type { RecordedResource } from "../../../components/guard/recorded";
import { checkRotation, rotationState } from "../../../components/rotation";
import { withFix } from "../../support/pulumi-config";

const secret = (annotations: Record<string, string>): RecordedResource => ({
  type: "kubernetes:core/v1:Secret",
  name: "secrets",
  outputs: { metadata: { annotations } },
});
const begun = (rotation: number) => secret({ "nexus/secrets-rotation": String(rotation) });

/** The record of a stack whose last update that ended had this section. */
function released(section?: string): RecordedResource {
  const configuration: Record<string, string> = section === undefined ? {} : { "nexus:secrets": section };
  const release = {
    ...{ number: 1, at: "2030-01-31T12:00:00.000Z", by: "ada", commit: null, rollbackTo: null },
    ...{ secretKeys: [], secrets: {}, images: {}, schema: {} },
    configuration,
  };
  return { type: "kubernetes:core/v1:ConfigMap", name: "releases", outputs: { data: releaseData([release]) } };
}

function refusal(recorded: readonly RecordedResource[], wanted: number): string | undefined {
  try {
    checkRotation(rotationState(recorded), wanted);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const FIX = "Fix: pulumi config set --stack stack --path nexus:secrets.rotation";

test("A32: secrets are rotated one by one, and a new stack begins with any number", () => {
  expect(refusal([], 7)).toBeUndefined();
  const stack = [begun(2), released('{"rotation":2}')];
  expect(refusal(stack, 2)).toBeUndefined();
  expect(refusal(stack, 3)).toBeUndefined();
  expect(refusal([begun(0), released()], 1)).toBeUndefined();
});

test.each([
  ["lower", [begun(2), released('{"rotation":2}')], 1, "1 is less than 2", `${FIX} 2`],
  ["skipping", [begun(2), released('{"rotation":2}')], 4, "4 skips a rotation", `${FIX} 3`],
  [
    "before the last one ended",
    [begun(2), released('{"rotation":1}')],
    3,
    "not all pods know of rotation 2",
    `${FIX} 2; run`,
  ],
  [
    "before any pod knows a next generation",
    [secret({}), released()],
    1,
    "the running pods do not know",
    `${FIX} 0; run`,
  ],
])("A32: a rotation that is %s is refused with the fix", (_what, recorded, wanted, text, fix) => {
  const message = refusal(recorded, wanted);
  expect(message).toContain("nexus:secrets.rotation: ");
  expect(message).toContain(text);
  expect(message).toContain(fix);
  const command = /Fix: ([^;\n]+)/.exec(message ?? "")?.[1] ?? "";
  const { secrets } = withFix({ secrets: { rotation: wanted } }, command) as { secrets: { rotation: number } };
  expect(refusal(recorded, secrets.rotation)).toBeUndefined();
});

test("A32: a rotation whose update failed is finished by the same number", () => {
  expect(refusal([begun(2), released('{"rotation":1}')], 2)).toBeUndefined();
});

test("P5: a generated secret is outlived by a later generation of its own only", () => {
  expect(isOutlived("secrets-jwt", ["secrets-jwt-1"])).toBe(true);
  expect(isOutlived("secrets-jwt-9", ["secrets-jwt-10"])).toBe(true);
  expect(isOutlived("secrets-jwt-2", ["secrets-jwt", "secrets-jwt-1", "secrets-redis-3"])).toBe(false);
});
