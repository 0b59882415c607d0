import { EMPTY_PAGE, type Fingerprint, fingerprint, type HeapPages } from "./heap-pages";

/** Proves the content of a whole heap: a sum of the hashes of its pages, each mixed with the page's number. */
export type HeapSum = readonly [number, number];

/**
 * The hash of each page of a heap, and their sum. A change costs as much as the pages that changed. Empty pages add
 * nothing to the sum: the engine's heap shrinks as well as it grows.
 */
export class PageHashes {
  private values = new Int32Array(0);
  private count = 0;
  private a = 0;
  private b = 0;

  /** @param count pages beyond it are empty */
  static of(pages: HeapPages, memory: WebAssembly.Memory, count = pages.count(memory)): PageHashes {
    const hashes = new PageHashes();
    const words = new Int32Array(memory.buffer);
    for (let page = 0; page < count; page += 1) hashes.set(page, fingerprint(words, pages.address(page) / 4));
    return hashes;
  }

  get sum(): HeapSum {
    return [this.a, this.b];
  }

  get pageCount(): number {
    return this.count;
  }

  copy(): PageHashes {
    const hashes = new PageHashes();
    hashes.values = this.values.slice();
    [hashes.count, hashes.a, hashes.b] = [this.count, this.a, this.b];
    return hashes;
  }

  has(page: number, [a, b]: Fingerprint): boolean {
    const known = this.get(page);
    return known[0] === a && known[1] === b;
  }

  get(page: number): Fingerprint {
    return page < this.count ? [this.values[page * 2] ?? 0, this.values[page * 2 + 1] ?? 0] : EMPTY_PAGE;
  }

  set(page: number, hash: Fingerprint): void {
    this.add(page, this.get(page), -1);
    this.add(page, hash, 1);
    if (page >= this.count) this.grow(page + 1);
    [this.values[page * 2], this.values[page * 2 + 1]] = hash;
  }

  private grow(count: number): void {
    if (count * 2 > this.values.length) {
      const values = new Int32Array(Math.ceil(count * 2.5));
      values.set(this.values);
      this.values = values;
    }
    for (; this.count < count; this.count += 1)
      [this.values[this.count * 2], this.values[this.count * 2 + 1]] = EMPTY_PAGE;
  }

  private add(page: number, [a, b]: Fingerprint, sign: 1 | -1): void {
    if (a === EMPTY_PAGE[0] && b === EMPTY_PAGE[1]) return;
    let x = Math.imul(a ^ Math.imul(page + 1, 0x9e3779b1), 0x85ebca6b);
    x ^= x >>> 13;
    let y = Math.imul(b ^ x, 0xc2b2ae35);
    y ^= y >>> 16;
    this.a = (this.a + sign * x) | 0;
    this.b = (this.b + sign * y) | 0;
  }
}
