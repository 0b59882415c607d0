import * as fs from "node:fs";
import { endLeftoverPlugins } from "../platform/leftover-plugins";
import { type Reporter, runProgram } from "@nexus/host";
import { clusterPrograms, ensureProgram } from "./cluster-programs";
import { DockerEngine, failureLine } from "./docker-engine";
import { type KindRecord, kubeconfigFile, readKindRecord, registryName } from "./record";

/** Arguments of docker that remove the registry, and of the cluster's program that remove the cluster. */
function removal(record: KindRecord): { readonly registry: readonly string[]; readonly cluster: readonly string[] } {
  return {
    registry: ["rm", "--force", "--volumes", registryName(record)],
    cluster: clusterPrograms[record.program].remove(record).args,
  };
}

/**
 * The same commands as a person types them, in the order in which they work: k3d cannot remove a network that still
 * contains the registry.
 */
function removalByHand(record: KindRecord): { readonly registry: string; readonly cluster: string } {
  const { registry, cluster } = removal(record);
  return { registry: ["docker", ...registry].join(" "), cluster: [record.program, ...cluster].join(" ") };
}

/**
 * Removes the cluster and the registry that were made for `home`, with all their data, then `home` itself.
 * @returns false if there were none
 * @throws Error that names what is left, why, and what to do; the record stays for another attempt
 */
export async function stopKind({ home, reporter }: { readonly home: string; readonly reporter: Reporter }) {
  endLeftoverPlugins(home);
  const record = readKindRecord(home);
  if (!record) return false;
  const engine = await DockerEngine.find(record);
  const program = await ensureProgram(reporter, record.program);
  const name = registryName(record);
  const [args, byHand] = [removal(record), removalByHand(record)];
  const remove = async (what: string, command: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      throw new Error(`${what} cannot be removed: ${failureLine(error)}. Fix: ${command}, then npm run destroy`);
    }
  };
  await remove(`The image registry "${name}"`, byHand.registry, async () => {
    const present = await engine.run(["container", "ls", "--all", "--quiet", "--filter", `name=^/${name}$`]);
    if (present.trim() !== "") await engine.run(args.registry);
  });
  await remove(`The cluster "${record.cluster}"`, byHand.cluster, () =>
    runProgram(program.file, args.cluster, { env: engine.environment(kubeconfigFile(home)) }),
  );
  fs.rmSync(home, { recursive: true, force: true });
  return true;
}

/**
 * Removes only `home` if its engine can no longer be reached.
 * @returns what was forgotten, with the commands that remove it if the engine comes back; undefined if the engine
 * answers
 */
export async function forgetKind(home: string): Promise<string | undefined> {
  const record = readKindRecord(home);
  if (!record) return undefined;
  const engine = await DockerEngine.find(record).catch(() => undefined);
  if (engine) return undefined;
  endLeftoverPlugins(home);
  fs.rmSync(home, { recursive: true, force: true });
  const { registry, cluster } = removalByHand(record);
  return (
    `The cluster "${record.cluster}" is forgotten. If the Docker engine at ${record.dockerHost} comes back, remove the rest with:\n` +
    `  export DOCKER_HOST=${record.dockerHost}\n  ${registry}\n  ${cluster}\n`
  );
}
