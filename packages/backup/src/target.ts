import type { Readable } from "node:stream";

export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/** A place that keeps files: a folder or a bucket. */
export interface Target {
  /** Name of the place in messages. */
  readonly where: string;
  /** All files that are complete; those of other programs as well. */
  readonly list: () => Promise<StoredFile[]>;
  readonly read: (name: string) => Promise<Readable>;
  /** Writes a whole file or none: it has this name only after the last byte is stored. */
  readonly write: (name: string, content: AsyncIterable<Uint8Array>) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** Removes what killed writers left. Nobody may be writing. */
  readonly removeRests: () => Promise<void>;
}
