import * as fs from "node:fs";
import { endLeftoverPlugins } from "../platform/leftover-plugins";
import { type Reporter, runProgram } from "@nexus/host";
import { clusterPrograms, ensureProgram } from "./cluster-programs";
import { DockerEngine, failureLine } from "./docker-engine";
import { kubeconfigFile, readKindRecord, registryName } from "./record";

/**
 * Removes the cluster and the registry that were made for `home`, with all they hold, then `home` itself.
 * @returns false when there were none
 * @throws Error that names what is left, why, and what to do; the record stays, for another try
 */
export async function stopKind({ home, reporter }: { readonly home: string; readonly reporter: Reporter }) {
  endLeftoverPlugins(home);
  const record = readKindRecord(home);
  if (!record) return false;
  const engine = new DockerEngine(record.dockerHost);
  await engine.check();
  const program = await ensureProgram(reporter, record.program);
  const registry = registryName(record);
  const remove = async (what: string, byHand: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      throw new Error(`${what} cannot be removed: ${failureLine(error)}. Fix: ${byHand}, then npm run destroy`);
    }
  };
  // First, because k3d cannot remove its network while the registry is in it.
  await remove(`The image registry "${registry}"`, `docker rm --force --volumes ${registry}`, async () => {
    const present = await engine.run(["container", "ls", "--all", "--quiet", "--filter", `name=^/${registry}$`]);
    if (present.trim() !== "") await engine.run(["rm", "--force", "--volumes", registry]);
  });
  const { args } = clusterPrograms[record.program].remove(record);
  await remove(`The cluster "${record.cluster}"`, `${record.program} ${args.join(" ")}`, () =>
    runProgram(program.file, args, { env: engine.environment(kubeconfigFile(home)) }),
  );
  fs.rmSync(home, { recursive: true, force: true });
  return true;
}
