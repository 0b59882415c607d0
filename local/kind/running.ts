import { clusterPrograms } from "./cluster-programs";
import { DockerEngine } from "./docker-engine";
import { readKindRecord } from "./record";

/** Whether the node of `home`'s cluster runs. */
export async function isKindRunning(home: string): Promise<boolean> {
  const record = readKindRecord(home);
  const engine = record && (await DockerEngine.find(record).catch(() => undefined));
  if (!engine) return false;
  const node = clusterPrograms[record.program].node(record);
  return (await engine.run(["container", "ls", "--quiet", "--filter", `name=^/${node}$`])).trim() !== "";
}
