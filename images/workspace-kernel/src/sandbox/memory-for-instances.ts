import { totalmem } from "node:os";
import { mostThreads } from "./pool";

/** Memory of the kernel without instances: its program, requests and streams, and of each thread. */
const KERNEL_BYTES = 128 * 1024 * 1024;
const THREAD_BYTES = 24 * 1024 * 1024;

/** Bytes left for instances of the container's limit, or of the machine's memory if there is no limit. */
export function memoryForInstances(workers: number): number {
  const all = Math.min(process.constrainedMemory() || Infinity, totalmem());
  return all - KERNEL_BYTES - mostThreads(workers) * THREAD_BYTES;
}
