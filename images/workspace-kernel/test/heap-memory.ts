import { createHash } from "node:crypto";
import { HeapTemplate } from "../src/sandbox/heap-image";
import type { HeapLayout } from "../src/sandbox/heap-pages";

/** Memories that are laid out like an engine's, with static data, a stack and a heap, but small. */
export const LAYOUT: HeapLayout = { stackStart: 3000, heapStart: 3000 + 8 * 1024, heapEndAt: 2000 };
export const MEMORY_BYTES = 4 * 65_536;
const TEMPLATE_END = 40_000;

/** Numbers from 0 to 1 that are the same in each run. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
  };
}

const started = new Uint8Array(MEMORY_BYTES);
const random = numbers(1);
for (let at = 0; at < TEMPLATE_END; at += 1)
  if (at < LAYOUT.stackStart || at >= LAYOUT.heapStart) started[at] = random() * 256;

/** The memory of an engine that has just started. */
export function startedMemory(): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: MEMORY_BYTES / 65_536, maximum: MEMORY_BYTES / 65_536 });
  new Uint8Array(memory.buffer).set(started);
  endHeapAt(memory, TEMPLATE_END);
  return memory;
}

export function endHeapAt(memory: WebAssembly.Memory, end: number): void {
  new Uint32Array(memory.buffer)[LAYOUT.heapEndAt / 4] = end;
}

export function heapEnd(memory: WebAssembly.Memory): number {
  return new Uint32Array(memory.buffer)[LAYOUT.heapEndAt / 4] ?? 0;
}

export const template = new HeapTemplate(LAYOUT, startedMemory(), "engine");

/** What execution `number` leaves in a memory: words of a few pages, now and then a larger heap or an empty page. */
export function change(memory: WebAssembly.Memory, number: number): void {
  const random = numbers(number + 100);
  const bytes = new Uint8Array(memory.buffer);
  if (random() < 0.2) endHeapAt(memory, Math.min(MEMORY_BYTES, heapEnd(memory) + Math.floor(random() * 9000)));
  const pages = template.pages.count(memory);
  for (let touched = Math.floor(random() * 20); touched > 0; touched -= 1) {
    const address = template.pages.address(Math.floor(random() * pages));
    if (random() < 0.1) bytes.fill(0, Math.max(address, LAYOUT.heapStart), Math.max(address, LAYOUT.heapStart) + 1024);
    for (let words = random() * 30; words > 0; words -= 1) {
      const at = address + Math.floor(random() * 1024);
      if (at < LAYOUT.heapEndAt || (at >= LAYOUT.heapStart && at < heapEnd(memory))) bytes[at] = random() * 256;
    }
  }
}

/** A hash of all that is kept of a memory. */
export function contentOf(memory: WebAssembly.Memory): string {
  const bytes = new Uint8Array(memory.buffer);
  const hash = createHash("sha256").update(bytes.subarray(0, LAYOUT.stackStart));
  return hash.update(bytes.subarray(LAYOUT.heapStart, heapEnd(memory))).digest("hex");
}
