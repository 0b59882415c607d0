import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { buildAndPush } from "../../local/platform/base-images";
import { InstanceLayout } from "../../local/platform/layout";
import { runProgram } from "@nexus/host";
import { descriptor, home } from "./platform";

const DOCKERFILE = 'FROM scratch\nCOPY kubectl /bin/kubectl\nENTRYPOINT ["/bin/kubectl"]\n';

/** Pushes an image with the platform's own kubectl to its registry, which has none; returns its name. */
export async function buildKubectlImage(): Promise<string> {
  const layout = InstanceLayout.read(home);
  if (!layout) throw new Error(`There is no platform in ${home}.`);
  const image = `${descriptor.registry}/test/kubectl:1`;
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-kubectl-"));
  try {
    fs.writeFileSync(path.join(context, "Dockerfile"), DOCKERFILE);
    fs.copyFileSync((await runProgram("which", ["kubectl"])).trim(), path.join(context, "kubectl"));
    await buildAndPush({ buildctl: "buildctl", socket: layout.buildkitSocket, context, image });
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
  return image;
}
