import * as path from "node:path";
import { runBuildctl } from "../../local/platform/buildctl";
import { InstanceLayout } from "../../local/platform/layout";
import { platformHome } from "@nexus/host";
import type { Session } from "../session";

const LINES = 30;

/** The fields of BuildKit's record of a build that are used here. */
interface BuildRecord {
  readonly Ref: string;
  readonly Exporters?: readonly { readonly Attrs?: { readonly name?: string } }[];
  readonly CreatedAt: { readonly seconds: number };
  readonly error?: { readonly message: string };
}

/**
 * The last output of each image build that failed since `since`, which Pulumi shows only while the build runs. Empty if
 * the builder is not that of the local platform.
 * @param since milliseconds since 1970
 */
export async function describeFailedBuilds({ platform, binDir }: Session, since: number): Promise<string> {
  const layout = platform?.kind === "local" ? InstanceLayout.read(platformHome()) : undefined;
  if (!layout) return "";
  const buildctl = async (...args: string[]) => {
    const lines: string[] = [];
    const builder = { buildctl: path.join(binDir, "buildctl"), socket: layout.buildkitSocket };
    await runBuildctl(builder, ["debug", ...args], { onLine: (line) => lines.push(line) });
    return lines;
  };
  const records = (await buildctl("histories", "--format", "{{json .}}"))
    .filter((line) => line.startsWith("{"))
    .map((line) => (JSON.parse(line) as { readonly record: BuildRecord }).record);
  const failed = records.filter(({ error, CreatedAt }) => error && CreatedAt.seconds >= Math.floor(since / 1000));
  const texts = failed.map(async ({ Ref, Exporters }) => {
    const image = Exporters?.[0]?.Attrs?.name ?? "An image";
    const lines = await buildctl("logs", "--progress", "plain", Ref);
    return [`${image} could not be built:`, ...endOf(lines).map((line) => `  ${line}`)].join("\n");
  });
  return (await Promise.all(texts)).join("\n\n");
}

/** The output of the failed step: the text between two rulers at the end. */
function endOf(lines: readonly string[]): readonly string[] {
  const ruler = lines.indexOf("------");
  const step = ruler === -1 ? lines : lines.slice(ruler + 1);
  return step.filter((line) => line !== "------" && line !== "").slice(-LINES);
}
