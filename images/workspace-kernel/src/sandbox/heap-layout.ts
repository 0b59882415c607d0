import { boundedMemory } from "./bounded-memory";
import { instantiate } from "./engine";

/** What the build of the engine reserves for its stack, between its static data and its heap. */
const STACK_BYTES = 5 * 1024 * 1024;
const PROBE_BYTES = 1024 * 1024;

/** Where the engine keeps what in its linear memory: static data, then the stack, then the heap up to its end. */
export interface HeapLayout {
  readonly stackStart: number;
  readonly heapStart: number;
  /** Address of the word that holds the end of the heap. */
  readonly heapEndAt: number;
}

/** Finds the layout by watching which word follows an allocation; throws when the engine is not built as expected. */
export async function findHeapLayout(wasmModule: WebAssembly.Module): Promise<HeapLayout> {
  const memory = boundedMemory(32 * 1024 * 1024);
  const module = await instantiate(wasmModule, memory);
  const { _malloc } = (module as unknown as { module: { _malloc: (bytes: number) => number } }).module;
  const before = new Uint32Array(memory.buffer.slice(0, STACK_BYTES / 16));
  const end = _malloc(PROBE_BYTES) + PROBE_BYTES;
  const after = new Uint32Array(memory.buffer);
  const found = [...before.keys()].filter((word) => {
    const [old = 0, now = 0] = [before[word], after[word]];
    return old > STACK_BYTES && old < end - PROBE_BYTES && now >= end;
  });
  const [word] = found;
  const heapStart = word === undefined ? 0 : (before[word] ?? 0);
  if (found.length !== 1 || word === undefined || word * 4 > heapStart - STACK_BYTES)
    throw new Error(`the engine's memory is not laid out as expected (${found.length} candidates for the heap's end)`);
  return { heapStart, stackStart: heapStart - STACK_BYTES, heapEndAt: word * 4 };
}
