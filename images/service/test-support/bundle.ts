import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Builds a service the way its image does, into a directory of the test's own. */
export async function buildBundle(service: "workspace-kernel" | "graphstudio-backend" | "nexus-os"): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `nexus-${service}-`));
  await promisify(execFile)(process.execPath, [join(__dirname, "../..", service, "build.mjs"), directory]);
  return directory;
}
