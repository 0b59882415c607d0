/** Before all others. */
const NO_ID = "00000000-0000-0000-0000-000000000000";

/** Rows in the order of their ids, of which only one batch is held. @param read at most `size` rows after an id */
export async function* inBatches<Row>(
  size: number,
  read: (after: string) => Promise<Row[]>,
  idOf: (row: Row) => string,
): AsyncGenerator<Row> {
  for (let after = NO_ID; ;) {
    const batch = await read(after);
    yield* batch;
    const last = batch.at(-1);
    if (last === undefined || batch.length < size) return;
    after = idOf(last);
  }
}
