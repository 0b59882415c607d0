import { sql } from "kysely";

/** A part of a list. */
export interface PageRequest {
  readonly limit: number;
  /** `next` of the page before; without it, from the beginning. */
  readonly after?: string | undefined;
}

export interface Page<Row> {
  readonly items: readonly Row[];
  /** What to give as `after` for the rest; undefined at the end. */
  readonly next: string | undefined;
}

/** A page of rows of which one more than its limit was read. */
export function toPage<Row>(rows: readonly Row[], limit: number, position: (row: Row) => string): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && rows.length > limit ? position(last) : undefined };
}

const READ_AT_ONCE = 100;

/** All rows of a list; the next page is read when the reader has taken the one before. */
export async function* allRows<Row>(read: (page: PageRequest) => Promise<Page<Row>>): AsyncGenerator<Row> {
  for (let after: string | undefined; ;) {
    const { items, next } = await read({ limit: READ_AT_ONCE, after });
    yield* items;
    if (next === undefined) return;
    after = next;
  }
}

/** A place in a list by time, to the microsecond, and id; what stood there may be gone by now. */
export const TIME_POSITION = /^(\d{1,17})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function readPosition(after: string): { readonly micros: string; readonly id: string } {
  const [, micros = "0", id = ""] = TIME_POSITION.exec(after) ?? [];
  return { micros, id };
}

/** The place of a row. */
export const position = sql<string>`(extract(epoch from created_at) * 1000000)::bigint || '.' || id`.as("position");

/** Whether a row comes after a place, in a list that goes back or forth in time. */
export function isAfter(after: string | undefined, direction: "<" | ">") {
  if (after === undefined) return sql<boolean>`true`;
  const { micros, id } = readPosition(after);
  const place = sql`(to_timestamp(0) + ${micros}::bigint * interval '1 microsecond', ${id}::uuid)`;
  return sql<boolean>`(created_at, id) ${sql.raw(direction)} ${place}`;
}
