import { type Page, type PageRequest, readPosition, toPage } from "@nexus/service";

/** What is listed by the time when it was made. */
export interface Timed {
  readonly id: string;
  /** Microseconds since 1970, different for all. */
  readonly micros: number;
}

/** @param direction in time, from one to the next */
export function memoryPage<Item extends Timed, Row>(
  items: readonly Item[],
  direction: "<" | ">",
  { limit, after }: PageRequest,
  toRow: (item: Item) => Row,
): Page<Row> {
  const sign = direction === "<" ? -1 : 1;
  const sorted = [...items].sort((a, b) => sign * (a.micros - b.micros));
  const from = after === undefined ? undefined : Number(readPosition(after).micros);
  const rest = from === undefined ? sorted : sorted.filter(({ micros }) => sign * (micros - from) > 0);
  const page = toPage(rest.slice(0, limit + 1), limit, ({ micros, id }) => `${micros}.${id}`);
  return { items: page.items.map(toRow), next: page.next };
}

let last = 0;

/** The time of something that is made now. */
export function microsNow(): number {
  last = Math.max(last + 1, Date.now() * 1000);
  return last;
}
