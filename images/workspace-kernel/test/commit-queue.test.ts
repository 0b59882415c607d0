import { CommitQueue } from "../src/store/commit-queue";
import type { WorkspaceWrite } from "../src/store/commit-store";

test("two writes of one workspace never go together, so that the answer to one is not taken for the other's", async () => {
  const batches: string[][] = [];
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  // A later owner's write is the only one that counts.
  const queue = new CommitQueue(async (writes) => {
    await begun;
    batches.push(writes.map(({ id, epoch }) => `${id}${epoch}`));
    return new Set(writes.filter(({ epoch }) => epoch === 3).map(({ id }) => id));
  });
  const write = (id: string, epoch: number): WorkspaceWrite => ({ id, epoch, baseSeq: 0, change: undefined });
  const results = [write("x", 3), write("w", 2), write("y", 3), write("w", 3), write("z", 3)].map((each) =>
    queue.submit(each),
  );
  begin();
  expect(await Promise.all(results)).toEqual([true, false, true, true, true]);
  expect(batches).toEqual([["x3"], ["w2", "y3"], ["w3", "z3"]]);
});
