import { backoffMs } from "../src/resilience";
import { retryAfterMs } from "../src/retry-after";
import { estimateTokens } from "../src/tokens";

test.each([
  ["", 0],
  ["word", 1],
  ["words", 2],
  ["äöü", 3],
  ["日本語", 3],
  ["😀", 1],
  ["x".repeat(4000), 1000],
])("tokens of %j are estimated as %d", (text, tokens) => {
  expect(estimateTokens(text)).toBe(tokens);
});

test.each([
  [{}, undefined],
  [{ "retry-after": "3" }, 3000],
  [{ "retry-after": "0.5" }, 500],
  [{ "retry-after": "soon" }, undefined],
  [{ "retry-after": "-1" }, undefined],
  [{ "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }, 0],
  [{ "retry-after-ms": "40", "retry-after": "1" }, 40],
])("Retry-After %j asks for %s ms", (headers, milliseconds) => {
  expect(retryAfterMs(new Headers(headers as Record<string, string>))).toBe(milliseconds);
});

test("the wait before another attempt is random, below a maximum that doubles", () => {
  const waits = (random: number) => [1, 2, 3, 4].map((attempt) => backoffMs(attempt, 0, 100, 500, random));
  expect(waits(0)).toEqual([0, 0, 0, 0]);
  expect(waits(0.5)).toEqual([50, 100, 200, 250]);
  expect(waits(1)).toEqual([100, 200, 400, 500]);
});

test("the wait is at least what the provider asks for, and never longer than the maximum", () => {
  expect(backoffMs(1, 300, 100, 500, 0)).toBe(300);
  expect(backoffMs(1, 300, 100, 500, 1)).toBe(400);
  expect(backoffMs(3, 300, 100, 500, 1)).toBe(500);
});
