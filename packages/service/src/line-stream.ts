import { Readable } from "node:stream";

const PIECE_LENGTH = 64 * 1024;

/** Lines as a stream of larger pieces: sending a line by itself would cost more than making it. */
export function lineStream(lines: AsyncIterable<string>): Readable {
  return Readable.from(pieces(lines), { highWaterMark: 1 });
}

async function* pieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = "";
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
