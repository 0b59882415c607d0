import { lineStream } from "../src/line-stream";

async function* lines(count: number): AsyncGenerator<string> {
  for (let number = 0; number < count; number += 1) yield `${"x".repeat(99)}\n`;
}

async function piecesOf(count: number): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of lineStream(lines(count))) pieces.push(String(piece));
  return pieces;
}

test("lines are sent whole, in pieces of many", async () => {
  expect(await piecesOf(0)).toEqual([]);
  expect(await piecesOf(1)).toEqual([`${"x".repeat(99)}\n`]);
  const pieces = await piecesOf(10_000);
  expect(pieces.join("")).toBe(`${"x".repeat(99)}\n`.repeat(10_000));
  expect(pieces.length).toBeLessThan(20);
});
