import * as pulumi from "@pulumi/pulumi";

/** An image that was never built has no digest of its own. */
export const NO_DIGEST = `sha256:${"0".repeat(64)}`;

/** What each kind of resource adds to its inputs once it exists, as far as programs read it. */
export function mockOutputs({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
  const given = inputs as Record<string, unknown>;
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return { ...given, result: pulumi.secret(generated(name, Number(given.length))) };
    case "docker-build:index:Image": {
      const [tag = ""] = given.tags as string[];
      return { ...given, digest: NO_DIGEST, ref: `${tag}@${NO_DIGEST}` };
    }
    case "docker:index/image:Image":
      return { ...given, repoDigest: `${String(given.imageName).replace(/:[^:/]+$/, "")}@${NO_DIGEST}` };
    default:
      return given;
  }
}

/** A password that is easy to find again wherever it should not be. */
export function generated(name: string, length: number): string {
  return `generated-${name}-`.padEnd(length, "x");
}
