import { createHash } from "node:crypto";
import { type ChangedPage, applySegment, DamagedSegmentError, packSegment } from "./heap-segment";
import { type Fingerprint, fingerprint, type HeapLayout, HeapPages, PAGE_BYTES } from "./heap-pages";
import type { SandboxBuild } from "./messages";
import { PageCopies } from "./page-copies";
import { type HeapSum, PageHashes } from "./page-hashes";

/** Versions of the segment format: the one that is written, and the earlier ones that can be read. */
const FORMAT = 2;
const EARLIER_FORMATS = [1];
/** A full segment replaces the earlier ones when they have grown by as much as the last full one, or by this. */
const MIN_GROWTH_BYTES = 512 * 1024;
/** What a segment costs in addition to its bytes, when it is stored and read. */
const SEGMENT_COST_BYTES = 2 * 1024;

/** The memory of an engine that has just started, which is the same for every workspace of this build. */
export class HeapTemplate {
  readonly pages: HeapPages;
  readonly hashes: PageHashes;
  /** Identifies the build: memory of an engine is only valid in an engine of the same build. */
  readonly build: SandboxBuild;
  /** The pages themselves, as runs of consecutive pages. */
  private readonly runs: readonly { readonly at: number; readonly bytes: Uint8Array }[];

  constructor(layout: HeapLayout, memory: WebAssembly.Memory, wasmHash: string) {
    this.pages = new HeapPages(layout);
    this.hashes = PageHashes.of(this.pages, memory);
    const stack = Math.ceil(layout.stackStart / PAGE_BYTES) * PAGE_BYTES;
    const heap = layout.heapStart - (layout.heapStart % PAGE_BYTES);
    const end = this.pages.address(this.hashes.pageCount - 1) + PAGE_BYTES;
    const run = (at: number, to: number) => ({ at, bytes: new Uint8Array(memory.buffer.slice(at, to)) });
    this.runs = [run(0, stack), run(heap, end)];
    const buildId = (format: number) => {
      const hash = createHash("sha256").update(`${format} ${wasmHash} ${JSON.stringify(layout)} ${PAGE_BYTES} `);
      for (const { bytes } of this.runs) hash.update(bytes);
      return hash.digest("hex").slice(0, 32);
    };
    const id = buildId(FORMAT);
    this.build = { id, reads: [id, ...EARLIER_FORMATS.map(buildId)] };
  }

  /** Copies the pages into another memory. */
  fill(memory: WebAssembly.Memory): void {
    const target = new Uint8Array(memory.buffer);
    for (const { at, bytes } of this.runs) target.set(bytes, at);
  }

  /** The content of a page; undefined for one that it does not have. */
  wordsOf(page: number): Int32Array | undefined {
    const address = this.pages.address(page);
    const run = this.runs.find(({ at, bytes }) => address >= at && address < at + bytes.length);
    return run && new Int32Array(run.bytes.buffer, address - run.at, PAGE_BYTES / 4);
  }
}

/** Tracks which pages of one workspace's memory are durable. */
export class HeapTracker {
  /** The durable content; the template's until there is any. */
  private durable: PageHashes;
  private copies = new PageCopies();
  private segments = 0;
  private bytesSinceFull = 0;
  private fullBytes = 0;

  constructor(
    private readonly template: HeapTemplate,
    private readonly memory: WebAssembly.Memory,
  ) {
    this.durable = template.hashes.copy();
  }

  /** Fills the memory of an engine that has just started with the content of the segments; throws if it is damaged. */
  restore(segments: readonly Uint8Array[]): void {
    const { pages } = this.template;
    let sum: HeapSum | undefined;
    // The heap may have been larger before: pages beyond its end keep what was written to them.
    let end = this.durable.pageCount;
    for (const segment of segments) {
      const applied = applySegment(segment, pages, this.memory);
      sum = applied.sum;
      end = Math.max(end, applied.end);
      this.count(segment.length, this.segments === 0);
    }
    if (!pages.fits(this.memory)) throw new DamagedSegmentError("its end is outside of the memory");
    this.durable = PageHashes.of(pages, this.memory, end);
    const [a, b] = this.durable.sum;
    if (sum && (sum[0] !== a || sum[1] !== b)) throw new DamagedSegmentError("its content is not what was written");
  }

  /**
   * The pages that changed since the last call or `restore`, with their present content. A large segment is compressed
   * later.
   */
  takeChange(): { readonly segment: Uint8Array | Promise<Uint8Array>; readonly full: boolean } {
    const full = this.wantsFull;
    if (full) this.begin();
    const changed = this.changed();
    const pages = changed.map(({ page }): ChangedPage => {
      const words = this.template.pages.wordsOf(this.memory, page);
      return { page, words, base: full ? this.template.wordsOf(page) : this.baseOf(page) };
    });
    for (const { page, hash } of changed) this.durable.set(page, hash);
    const packed = packSegment(pages, this.durable.sum);
    for (const { page, words } of pages) this.copies.set(page, words);
    // The next call comes only after the segment is compressed, because an execution ends with that.
    const counted = (segment: Uint8Array) => {
      this.count(segment.length, full);
      return segment;
    };
    return { segment: packed instanceof Promise ? packed.then(counted) : counted(packed), full };
  }

  /** Nothing is durable, so everything that differs from the template has to be written. */
  private begin(): void {
    this.durable = this.template.hashes.copy();
    this.copies = new PageCopies();
  }

  private changed(): { readonly page: number; readonly hash: Fingerprint }[] {
    const { pages } = this.template;
    const words = new Int32Array(this.memory.buffer);
    const changed: { readonly page: number; readonly hash: Fingerprint }[] = [];
    const count = pages.count(this.memory);
    for (let page = 0; page < count; page += 1) {
      const hash = fingerprint(words, pages.address(page) / 4);
      if (!this.durable.has(page, hash)) changed.push({ page, hash });
    }
    return changed;
  }

  /** The durable content of a page, if it is known. */
  private baseOf(page: number): Int32Array | undefined {
    const copy = this.copies.get(page);
    if (copy) return copy;
    return this.template.hashes.has(page, this.durable.get(page)) ? this.template.wordsOf(page) : undefined;
  }

  private get wantsFull(): boolean {
    return this.segments === 0 || this.bytesSinceFull > Math.max(MIN_GROWTH_BYTES, this.fullBytes);
  }

  private count(bytes: number, full: boolean): void {
    this.segments += 1;
    this.bytesSinceFull = full ? 0 : this.bytesSinceFull + bytes + SEGMENT_COST_BYTES;
    if (full) this.fullBytes = bytes;
  }
}
