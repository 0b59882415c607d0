import { execFile } from "node:child_process";
import { link, mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { sharedArtefact } from "./shared-artefact";

/** A service as its image builds it, in a directory of the test; built once per run. */
export async function buildBundle(service: "workspace-kernel" | "graphstudio-backend" | "nexus-os"): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `nexus-${service}-`));
  const build = async (target: string) => {
    await promisify(execFile)(process.execPath, [join(__dirname, "../../images", service, "build.mjs"), target]);
  };
  const shared = await sharedArtefact(`bundle-${service}`, build);
  if (!shared) await build(directory);
  else await Promise.all((await readdir(shared)).map((name) => link(join(shared, name), join(directory, name))));
  return directory;
}
