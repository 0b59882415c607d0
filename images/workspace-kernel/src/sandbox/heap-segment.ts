import { promisify } from "node:util";
import { deflateRaw, deflateRawSync, inflateRawSync } from "node:zlib";
import { type HeapPages, PAGE_BYTES, PAGE_WORDS } from "./heap-pages";
import type { HeapSum } from "./page-hashes";

/**
 * A segment holds the words of a heap that changed, page by page:
 *
 * | part | content |
 * | --- | --- |
 * | head | `N`, version, sum of the whole heap afterwards (8 bytes), bytes of the list of pages, bytes of the changes |
 * | list of pages | runs of pages: pages before the run and whether they have a base, pages of the run |
 * | changes, compressed | changed words of each page, then the distances between them, then the words |
 *
 * The base of a page is its content before the segment; a page without one counts as empty. What changes in a heap
 * resembles what was there before, so the bases are the dictionary of the compression.
 */
const MAGIC = 0x4e;
const VERSION = 2;
const HEAD_BYTES = 18;
/** More of them takes longer than it saves. */
const DICTIONARY_BYTES = 16 * 1024;
/** Larger segments are compressed in the background, so that other workspaces of the worker do not wait. */
const MAX_SYNC_BYTES = 256 * 1024;
const MAX_BYTES = 2 ** 31;
/** Output buffers large enough for one piece: pieces of the default size are allocated and copied one by one. */
const MIN_CHUNK_BYTES = 4 * 1024;
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;
const chunkOf = (bytes: number) => Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, bytes));
const pack = promisify(deflateRaw);

export interface ChangedPage {
  readonly page: number;
  readonly words: Int32Array;
  /** Its content before, if it is known; it differs from `words`. */
  readonly base: Int32Array | undefined;
}

/** The content of a segment cannot be what was written. */
export class DamagedSegmentError extends Error {
  override readonly name = "DamagedSegmentError";

  constructor(problem: string) {
    super(`the stored heap is damaged: ${problem}`);
  }
}

function refuse(problem: string): never {
  throw new DamagedSegmentError(problem);
}

/** @param pages in ascending order */
export function packSegment(pages: readonly ChangedPage[], sum: HeapSum): Uint8Array | Promise<Uint8Array> {
  const list = listOf(pages);
  const changes = changesOf(pages);
  const head = Buffer.alloc(HEAD_BYTES + list.length);
  head.writeUInt8(MAGIC, 0);
  head.writeUInt8(VERSION, 1);
  head.writeInt32LE(sum[0], 2);
  head.writeInt32LE(sum[1], 6);
  head.writeUInt32LE(list.length, 10);
  head.writeUInt32LE(changes.length, 14);
  head.set(list, HEAD_BYTES);
  const dictionary = dictionaryOf(pages.map(({ base }) => base));
  const isSmall = changes.length <= MAX_SYNC_BYTES;
  const options = { level: isSmall ? 3 : 1, chunkSize: chunkOf(changes.length), ...dictionary };
  // A buffer of its own, so that it can be moved to the server's thread.
  const join = (packed: Buffer) => {
    const segment = new Uint8Array(head.length + packed.length);
    segment.set(head);
    segment.set(packed, head.length);
    return segment;
  };
  const later = async () => join(await pack(changes, options));
  return isSmall ? join(deflateRawSync(changes, options)) : later();
}

interface Applied {
  /** The sum of the whole heap afterwards, if the segment has one. */
  readonly sum: HeapSum | undefined;
  /** The segment has no page with this number or a higher one. */
  readonly end: number;
}

/** Applies a segment to a memory that has the content of all earlier ones; throws if it cannot be what was written. */
export function applySegment(segment: Uint8Array, pages: HeapPages, memory: WebAssembly.Memory): Applied {
  try {
    if (segment[0] === MAGIC) return applyChanges(segment, pages, memory);
    return applyWholePages(segment, pages, memory);
  } catch (error) {
    if (error instanceof DamagedSegmentError) throw error;
    refuse(error instanceof Error ? error.message : String(error));
  }
}

function applyChanges(segment: Uint8Array, pages: HeapPages, memory: WebAssembly.Memory): Applied {
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.length);
  if (bytes[1] !== VERSION) refuse(`version ${bytes[1]} of a segment, of which only ${VERSION} is known`);
  const sum: HeapSum = [bytes.readInt32LE(2), bytes.readInt32LE(6)];
  const [listBytes, changeBytes] = [bytes.readUInt32LE(10), bytes.readUInt32LE(14)];
  const listed = pagesIn(bytes.subarray(HEAD_BYTES, HEAD_BYTES + listBytes), memory.buffer.byteLength / PAGE_BYTES);
  // At most a number, and all words with their distances, for each page.
  if (changeBytes > listed.length * (1 + PAGE_WORDS + PAGE_BYTES)) refuse("more changes than its pages have room for");
  const targets = listed.map(({ page }) => pages.wordsOf(memory, page));
  listed.forEach(({ hasBase }, index) => {
    if (!hasBase) targets[index]?.fill(0);
  });
  const bases = targets.map((words, index) => (listed[index]?.hasBase ? words : undefined));
  const changes = inflateRawSync(bytes.subarray(HEAD_BYTES + listBytes), {
    maxOutputLength: Math.max(1, changeBytes),
    chunkSize: chunkOf(changeBytes),
    ...dictionaryOf(bases),
  });
  if (changes.length !== changeBytes) refuse(`${changes.length} bytes of changes instead of ${changeBytes}`);
  write(changes, targets);
  return { sum, end: (listed.at(-1)?.page ?? -1) + 1 };
}

/** Writes the changed words of each page. */
function write(changes: Buffer, targets: readonly Int32Array[]): void {
  const total = targets.reduce((sum, _, index) => sum + (changes[index] ?? 0) + 1, 0);
  if (changes.length !== targets.length + total * 5) refuse("its parts have other lengths than its head says");
  let at = targets.length;
  let wordAt = at + total;
  targets.forEach((words, index) => {
    const end = at + (changes[index] ?? 0) + 1;
    for (let word = -1; at < end; at += 1, wordAt += 4) {
      word += (changes[at] ?? 0) + 1;
      if (word >= PAGE_WORDS) refuse("a word outside of its page");
      words[word] = changes.readInt32LE(wordAt);
    }
  });
}

/** A segment of release 0.1.0: the number of pages, then their numbers, then their content. */
function applyWholePages(segment: Uint8Array, pages: HeapPages, memory: WebAssembly.Memory): Applied {
  let end = 0;
  const raw = inflateRawSync(segment, { maxOutputLength: MAX_BYTES, chunkSize: chunkOf(segment.length * 8) });
  const count = raw.readUInt32LE(0);
  if (raw.length !== 4 + count * (4 + PAGE_BYTES)) refuse(`${raw.length} bytes for ${count} pages`);
  for (let index = 0; index < count; index += 1) {
    const page = raw.readUInt32LE(4 + index * 4);
    const words = pages.wordsOf(memory, page);
    end = Math.max(end, page + 1);
    const from = 4 + count * 4 + index * PAGE_BYTES;
    new Uint8Array(words.buffer, words.byteOffset, PAGE_BYTES).set(raw.subarray(from, from + PAGE_BYTES));
  }
  return { sum: undefined, end };
}

/** The changed words of all pages. */
function changesOf(pages: readonly ChangedPage[]): Buffer {
  const counts = pages.map(countWords);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const result = Buffer.allocUnsafe(pages.length + total * 5);
  let at = pages.length;
  let wordAt = at + total;
  pages.forEach(({ words, base }, index) => {
    result[index] = (counts[index] ?? 1) - 1;
    let last = -1;
    for (let word = 0; word < PAGE_WORDS; word += 1) {
      const value = words[word] ?? 0;
      if (value === (base?.[word] ?? 0)) continue;
      result[at++] = word - last - 1;
      wordAt = result.writeInt32LE(value, wordAt);
      last = word;
    }
    // A page that became empty and has no base has no word to write, so its first one is written anyway.
    if (last >= 0) return;
    result[at++] = 0;
    wordAt = result.writeInt32LE(words[0] ?? 0, wordAt);
  });
  return result;
}

function countWords({ words, base }: ChangedPage): number {
  let count = 0;
  for (let word = 0; word < PAGE_WORDS; word += 1) if (words[word] !== (base?.[word] ?? 0)) count += 1;
  return Math.max(1, count);
}

function dictionaryOf(bases: readonly (Int32Array | undefined)[]): { readonly dictionary?: Buffer } {
  const known = bases.filter((base) => base !== undefined).slice(-DICTIONARY_BYTES / PAGE_BYTES);
  if (known.length === 0) return {};
  return { dictionary: Buffer.concat(known.map((base) => new Uint8Array(base.buffer, base.byteOffset, PAGE_BYTES))) };
}

function listOf(pages: readonly ChangedPage[]): Uint8Array {
  const list: number[] = [];
  let next = 0;
  for (let index = 0; index < pages.length;) {
    const { page = 0, base } = pages[index] ?? {};
    const first = index;
    do index += 1;
    while (pages[index]?.page === page + index - first && !pages[index]?.base === !base);
    writeNumber(list, (page - next) * 2 + (base ? 1 : 0));
    writeNumber(list, index - first);
    next = page + index - first;
  }
  return Uint8Array.from(list);
}

function pagesIn(list: Uint8Array, end: number): { readonly page: number; readonly hasBase: boolean }[] {
  const pages: { readonly page: number; readonly hasBase: boolean }[] = [];
  const numbers = numbersIn(list);
  if (numbers.length % 2 !== 0) refuse("a list of pages that ends too early");
  for (let index = 0, next = 0; index < numbers.length; index += 2) {
    const [start = 0, count = 0] = [numbers[index], numbers[index + 1]];
    next += start >>> 1;
    if (next + count > end) refuse("pages outside of the memory");
    for (let left = count; left > 0; left -= 1) pages.push({ page: next++, hasBase: (start & 1) === 1 });
  }
  return pages;
}

/** Seven bits a byte, the lowest first. */
function writeNumber(list: number[], value: number): void {
  let left = value;
  for (; left > 127; left >>>= 7) list.push((left & 127) | 128);
  list.push(left);
}

function numbersIn(list: Uint8Array): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const byte of list) {
    if (shift > 21) refuse("a number in its list of pages that is too large");
    value |= (byte & 127) << shift;
    shift += 7;
    if (byte > 127) continue;
    numbers.push(value);
    [value, shift] = [0, 0];
  }
  if (shift > 0) refuse("a list of pages that ends too early");
  return numbers;
}
