import { boundedMemory, instantiate } from "./engine";

/** Size of the engine's stack, which lies between its static data and its heap. */
const STACK_BYTES = 5 * 1024 * 1024;
const PROBE_BYTES = 1024 * 1024;

/** Layout of the engine's linear memory: static data, then the stack, then the heap. */
export interface HeapLayout {
  readonly stackStart: number;
  readonly heapStart: number;
  /** Address of the word that holds the end of the heap. */
  readonly heapEndAt: number;
}

/**
 * Finds the layout by checking which word changes with an allocation; throws if the engine's layout is not the expected
 * one.
 */
export async function findHeapLayout(wasmModule: WebAssembly.Module): Promise<HeapLayout> {
  const memory = boundedMemory(32 * 1024 * 1024);
  const module = await instantiate(wasmModule, memory);
  const { _malloc } = (module as unknown as { module: { _malloc: (bytes: number) => number } }).module;
  const before = new Uint32Array(memory.buffer.slice(0, STACK_BYTES / 16));
  const end = _malloc(PROBE_BYTES) + PROBE_BYTES;
  const after = new Uint32Array(memory.buffer);
  const found: number[] = [];
  // Each worker begins with this, and a list of all words would take most of the time.
  for (let word = 0; word < before.length; word += 1) {
    const [old = 0, now = 0] = [before[word], after[word]];
    if (old > STACK_BYTES && old < end - PROBE_BYTES && now >= end) found.push(word);
  }
  const [word] = found;
  const heapStart = word === undefined ? 0 : (before[word] ?? 0);
  if (found.length !== 1 || word === undefined || word * 4 > heapStart - STACK_BYTES)
    throw new Error(`the engine's memory is not laid out as expected (${found.length} candidates for the heap's end)`);
  return { heapStart, stackStart: heapStart - STACK_BYTES, heapEndAt: word * 4 };
}

export const PAGE_BYTES = 1024;
export const PAGE_WORDS = PAGE_BYTES / 4;

/** A hash of 64 bits. */
export type Fingerprint = readonly [number, number];

/**
 * The pages of a memory that must be kept: static data and the used part of the heap. The stack is empty between
 * executions, so its bytes are left-overs of earlier calls. Page numbers skip the stack.
 */
export class HeapPages {
  private readonly dataPages: number;
  private readonly skipped: number;

  constructor(private readonly layout: HeapLayout) {
    this.dataPages = Math.ceil(layout.stackStart / PAGE_BYTES);
    this.skipped = Math.floor(layout.heapStart / PAGE_BYTES) - this.dataPages;
  }

  count(memory: WebAssembly.Memory): number {
    return Math.ceil(this.heapEnd(memory) / PAGE_BYTES) - this.skipped;
  }

  /** Whether the memory has all of its pages. */
  fits(memory: WebAssembly.Memory): boolean {
    const end = this.heapEnd(memory);
    return end >= this.layout.heapStart && end <= memory.buffer.byteLength;
  }

  address(page: number): number {
    return (page < this.dataPages ? page : page + this.skipped) * PAGE_BYTES;
  }

  /** The content of a page, as it is and will be. */
  wordsOf(memory: WebAssembly.Memory, page: number): Int32Array {
    return new Int32Array(memory.buffer, this.address(page), PAGE_WORDS);
  }

  private heapEnd(memory: WebAssembly.Memory): number {
    return new Uint32Array(memory.buffer, this.layout.heapEndAt, 1)[0] ?? 0;
  }
}

/** The hash of the page that begins at a word. */
export function fingerprint(words: Int32Array, start: number): Fingerprint {
  let a = 0x2545f491;
  let b = 0x1ce4e5b9;
  for (let word = start; word < start + PAGE_WORDS; word += 2) {
    // Each step is a bijection of its state, so a change of one word always changes the result.
    a = Math.imul(a ^ (words[word] ?? 0), 0x2c1b3c6d);
    a ^= a >>> 15;
    b = Math.imul(b ^ (words[word + 1] ?? 0) ^ a, 0x297a2d39);
    b ^= b >>> 13;
  }
  return [a, b];
}

export const EMPTY_PAGE = fingerprint(new Int32Array(PAGE_WORDS), 0);
