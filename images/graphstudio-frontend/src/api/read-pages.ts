import type { Page } from "./types";

/** The first pages of a list, as one. @param read reads the page that begins at `after`, or the first one */
export async function readPages<T>(count: number, read: (after?: string) => Promise<Page<T>>): Promise<Page<T>> {
  let all = await read();
  for (let page = 1; page < count && all.next; page += 1) {
    const { items, next } = await read(all.next);
    all = { items: [...all.items, ...items], next };
  }
  return all;
}
