import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { buildAndPush } from "../../local/platform/base-images";
import { InstanceLayout } from "../../local/platform/layout";
import { descriptor, home } from "./platform";

/**
 * Pushes an image with one program of this machine, in `/bin`, to the platform's registry, which has none.
 * @param base image that it is added to
 * @returns its name
 */
export async function buildProgramImage(file: string, base = "scratch"): Promise<string> {
  const layout = InstanceLayout.read(home);
  if (!layout) throw new Error(`There is no platform in ${home}.`);
  const name = path.basename(file);
  const image = `${descriptor.registry}/test/${name}:1`;
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-image-"));
  try {
    const lines = [`FROM ${base}`, `COPY ${name} /bin/${name}`, `ENTRYPOINT ["/bin/${name}"]`, ""];
    fs.writeFileSync(path.join(context, "Dockerfile"), lines.join("\n"));
    fs.copyFileSync(file, path.join(context, name));
    await buildAndPush({ buildctl: "buildctl", socket: layout.buildkitSocket, context, image });
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
  return image;
}
