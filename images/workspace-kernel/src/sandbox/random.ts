import { randomFillSync } from "node:crypto";

const NUMBERS = 512;
const buffer = new BigUint64Array(NUMBERS);
let used = NUMBERS;

/** A number from 0 up to 1 with 53 random bits, from the system's generator; asked in batches because each call is slow. */
export function randomNumber(): number {
  if (used === NUMBERS) {
    randomFillSync(buffer);
    used = 0;
  }
  const bits = buffer[used++] ?? 0n;
  return Number(bits >> 11n) / 2 ** 53;
}
