import { memoryBytes } from "@nexus/contract";
import { KERNEL_OWN_MEMORY } from "./least-limits";
import { type Contradiction, setCommand } from "./problem";
import type { Sections } from "./schema";

const MIB = 2 ** 20;

function mebibytes(amount: string): number {
  return (memoryBytes(amount) ?? 0) / MIB;
}

/** The data that a kernel pod keeps in memory must fit its limit. */
export function memoryProblems({ kernel, postgres }: Sections): Contradiction[] {
  const { cacheSize, limits, workspaces } = kernel;
  const { cacheMaxMb, memoryLimitMb, ephemeralMaxMb } = workspaces;
  const found: Contradiction[] = [];
  const cache = mebibytes(cacheSize);
  if (cacheMaxMb > cache) {
    const path = ["kernel", "workspaces", "cacheMaxMb"];
    const text = `"${cacheMaxMb}" is more than kernel.cacheSize "${cacheSize}" holds`;
    const fix =
      cache < 1 ? setCommand(["kernel", "cacheSize"], `${cacheMaxMb}Mi`) : setCommand(path, String(Math.floor(cache)));
    found.push({ path, text, fix, because: ["kernel", "cacheSize"] });
  }
  if (limits.memory === null) return found;
  // Without a database, idle workspaces are stored in the pod's memory.
  const idle = postgres.mode === "none" ? ephemeralMaxMb : 0;
  const needed = Math.ceil(mebibytes(KERNEL_OWN_MEMORY) + cache + memoryLimitMb + idle);
  if (mebibytes(limits.memory) < needed) {
    const path = ["kernel", "limits", "memory"];
    const parts = [`kernel.cacheSize ${cacheSize}`, `kernel.workspaces.memoryLimitMb ${memoryLimitMb}`];
    if (idle > 0) parts.push(`kernel.workspaces.ephemeralMaxMb ${idle}`);
    const text = `"${limits.memory}" is less than one workspace needs: ${KERNEL_OWN_MEMORY} of the kernel, ${parts.join(", ")}`;
    found.push({ path, text, fix: setCommand(path, `${needed}Mi`) });
  }
  return found;
}
