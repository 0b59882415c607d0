import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { deflateRaw, deflateRawSync, inflateRawSync } from "node:zlib";
import { changedPages, fingerprint, type HeapLayout, HeapPages, PAGE_BYTES } from "./heap-pages";

/** Version of the segment format. */
const FORMAT = 1;
/** A full segment replaces the earlier ones when there are this many, or when they have this many times its size. */
const MAX_SEGMENTS = 32;
const MAX_GROWTH = 2;
const MIN_GROWTH_BYTES = 256 * 1024;
const MAX_SEGMENT_BYTES = 2 ** 31;
/** Larger segments are compressed in the background, so that other workspaces of the worker do not wait. */
const MAX_SYNC_BYTES = 256 * 1024;
const FAST = { level: 1 };
const pack = promisify<Buffer, typeof FAST, Buffer>(deflateRaw);
/** Output buffers large enough for one piece: pieces of the default size are allocated and copied one by one. */
const MIN_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;
/** Typical compression ratio of heap pages. */
const USUAL_RATIO = 8;
const chunkOf = (bytes: number) => Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, bytes));

/** The memory of an engine that has just started, which is the same for every workspace of this build. */
export class HeapTemplate {
  readonly pages: HeapPages;
  readonly fingerprints: Int32Array;
  readonly empty: readonly [number, number];
  /** Identifies the build: memory of an engine is only valid in an engine of the same build. */
  readonly buildId: string;
  /** The pages themselves, as runs of consecutive pages. */
  private readonly runs: readonly { readonly at: number; readonly bytes: Uint8Array }[];

  constructor(layout: HeapLayout, memory: WebAssembly.Memory, wasmHash: string) {
    this.pages = new HeapPages(layout);
    this.fingerprints = this.pages.fingerprints(memory);
    const pageCount = this.pages.count(memory);
    const hash = createHash("sha256").update(`${FORMAT} ${wasmHash} ${JSON.stringify(layout)} ${PAGE_BYTES} `);
    for (let page = 0; page < pageCount; page += 1)
      hash.update(new Uint8Array(memory.buffer, this.pages.address(page), PAGE_BYTES));
    this.buildId = hash.digest("hex").slice(0, 32);
    const [a = 0, b = 0] = fingerprint(new Int32Array(PAGE_BYTES / 4), 0);
    this.empty = [a, b];
    const stack = Math.ceil(layout.stackStart / PAGE_BYTES) * PAGE_BYTES;
    const heap = layout.heapStart - (layout.heapStart % PAGE_BYTES);
    const end = this.pages.address(pageCount - 1) + PAGE_BYTES;
    const run = (at: number, to: number) => ({ at, bytes: new Uint8Array(memory.buffer.slice(at, to)) });
    this.runs = [run(0, stack), run(heap, end)];
  }

  /** Copies the pages into another memory. */
  fill(memory: WebAssembly.Memory): void {
    const target = new Uint8Array(memory.buffer);
    for (const { at, bytes } of this.runs) target.set(bytes, at);
  }
}

/** Tracks which pages of one workspace's memory are durable. */
export class HeapTracker {
  private durable: Int32Array | undefined;
  private segments = 0;
  private bytesSinceFull = 0;
  private fullBytes = 0;

  constructor(
    private readonly template: HeapTemplate,
    private readonly memory: WebAssembly.Memory,
  ) {}

  /** Fills the memory of an engine that has just started with the content of the segments. */
  restore(segments: readonly Uint8Array[]): void {
    const bytes = new Uint8Array(this.memory.buffer);
    for (const segment of segments) {
      const { pages, content } = decode(segment);
      for (let index = 0; index < pages.length;) {
        const at = this.template.pages.address(pages[index] ?? 0);
        const first = index;
        // Consecutive pages are copied together.
        do index += 1;
        while (this.template.pages.address(pages[index] ?? 0) === at + (index - first) * PAGE_BYTES);
        bytes.set(content.subarray(first * PAGE_BYTES, index * PAGE_BYTES), at);
      }
      this.count(segment.length, this.segments === 0);
    }
    this.durable = this.template.pages.fingerprints(this.memory);
  }

  /**
   * The pages that changed since the last call or `restore`, with their present content. A large segment is compressed
   * later.
   */
  takeChange(): { readonly segment: Uint8Array | Promise<Uint8Array>; readonly full: boolean } {
    const now = this.template.pages.fingerprints(this.memory);
    const full = this.wantsFull();
    const base = full ? this.template.fingerprints : this.durable;
    const pages = changedPages(base ?? this.template.fingerprints, now, this.template.empty);
    this.durable = now;
    const raw = this.content(pages);
    // The next call comes only after the segment is compressed, because an execution ends with that.
    const counted = (segment: Uint8Array) => {
      this.count(segment.length, full);
      return segment;
    };
    const segment =
      raw.length <= MAX_SYNC_BYTES
        ? counted(ownCopy(deflateRawSync(raw, { ...FAST, chunkSize: chunkOf(raw.length) })))
        : pack(raw, FAST).then(ownCopy).then(counted);
    return { segment, full };
  }

  private wantsFull(): boolean {
    const tooMuch = this.bytesSinceFull > Math.max(MIN_GROWTH_BYTES, this.fullBytes * MAX_GROWTH);
    return this.durable === undefined || this.segments >= MAX_SEGMENTS || tooMuch;
  }

  private count(bytes: number, full: boolean): void {
    this.segments = full ? 1 : this.segments + 1;
    this.bytesSinceFull = full ? 0 : this.bytesSinceFull + bytes;
    if (full) this.fullBytes = bytes;
  }

  /** A segment before compression: the number of pages, then their numbers, then their content. */
  private content(pages: readonly number[]): Buffer {
    const headBytes = 4 + pages.length * 4;
    const result = Buffer.allocUnsafe(headBytes + pages.length * PAGE_BYTES);
    result.writeUInt32LE(pages.length, 0);
    pages.forEach((page, index) => {
      result.writeUInt32LE(page, 4 + index * 4);
      const at = this.template.pages.address(page);
      result.set(new Uint8Array(this.memory.buffer, at, PAGE_BYTES), headBytes + index * PAGE_BYTES);
    });
    return result;
  }
}

/** A buffer of its own, so that it can be moved to the server's thread. */
function ownCopy(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}

function decode(segment: Uint8Array): { readonly pages: Uint32Array; readonly content: Uint8Array } {
  const raw = inflateRawSync(segment, {
    maxOutputLength: MAX_SEGMENT_BYTES,
    chunkSize: chunkOf(segment.length * USUAL_RATIO),
  });
  const count = raw.readUInt32LE(0);
  const pages = new Uint32Array(raw.buffer.slice(raw.byteOffset + 4, raw.byteOffset + 4 + count * 4));
  return { pages, content: raw.subarray(4 + count * 4) };
}
