import { PAGE_WORDS } from "./heap-pages";

/** Enough for what code that runs again and again changes each time. */
const MAX_COPIES = 128;
/** Copies that get their memory together. */
const BLOCK_COPIES = 16;

/** What is durable of the pages that changed last. */
export class PageCopies {
  /** The place of a copy by its page; what changed least recently comes first. */
  private readonly places = new Map<number, number>();
  private readonly blocks: Int32Array[] = [];

  /** Only valid until the next `set`. */
  get(page: number): Int32Array | undefined {
    const place = this.places.get(page);
    return place === undefined ? undefined : this.at(place);
  }

  set(page: number, words: Int32Array): void {
    const place = this.places.get(page) ?? this.free();
    this.places.delete(page);
    this.places.set(page, place);
    this.at(place).set(words);
  }

  private free(): number {
    if (this.places.size < MAX_COPIES) return this.places.size;
    const [[oldest, place] = [0, 0]] = this.places;
    this.places.delete(oldest);
    return place;
  }

  private at(place: number): Int32Array {
    const block = (this.blocks[Math.floor(place / BLOCK_COPIES)] ??= new Int32Array(BLOCK_COPIES * PAGE_WORDS));
    const from = (place % BLOCK_COPIES) * PAGE_WORDS;
    return block.subarray(from, from + PAGE_WORDS);
  }
}
