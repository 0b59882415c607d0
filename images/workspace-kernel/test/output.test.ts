import { LogBuffer, MAX_LOG_BYTES } from "../src/sandbox/output";

test("a line of many lines is cut before it is indented", () => {
  const logs = new LogBuffer();
  for (let group = 0; group < 20; group += 1) logs.indent(1);
  const startedAt = performance.now();
  logs.add("log", "\n".repeat(4_000_000));
  expect(performance.now() - startedAt).toBeLessThan(500);
  expect(Buffer.byteLength(logs.lines[0]?.message ?? "")).toBeLessThanOrEqual(MAX_LOG_BYTES);
  expect(logs.truncated).toBe(true);
});

test("a line is indented by its groups", () => {
  const logs = new LogBuffer();
  logs.indent(2);
  logs.add("log", "a\nb");
  expect(logs.lines).toEqual([{ level: "log", message: "    a\n    b" }]);
  expect(logs.truncated).toBe(false);
});
