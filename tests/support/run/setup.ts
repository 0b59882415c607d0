import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUN_FOLDER } from "@nexus/testkit/shared-artefact";

/** Makes the folder for files that the test files of this run share. Servers that run as another user read them. */
export default async function setup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nexus-test-run-"));
  await chmod(folder, 0o755);
  process.env[RUN_FOLDER] = folder;
}
