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

/** The same as a person types it, in the order in which it works: k3d cannot remove a network with the registry in it. */
function removalByHand(record: KindRecord): { readonly registry: string; readonly cluster: string } {
  const { registry, cluster } = removal(record);
  return { registry: ["docker", ...registry].join(" "), cluster: [record.program, ...cluster].join(" ") };
}

/**
 * Removes the cluster and the registry that were made for `home`, with all they hold, then `home` itself.
 * @returns false when there were none
 * @throws Error that names what is left, why, and what to do; the record stays, for another try
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
 * Removes `home` alone where the engine that it names cannot be asked any more.
 * @returns what was forgotten, and how to remove it should that engine come back; undefined where it answers
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
    `The cluster "${record.cluster}" is forgotten. Should the Docker engine at ${record.dockerHost} come back:\n` +
    `  export DOCKER_HOST=${record.dockerHost}\n  ${registry}\n  ${cluster}\n`
  );
}
