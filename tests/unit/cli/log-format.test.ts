import { formatLogLine, isHealthCheck, parseLogLine } from "../../../cli/log-format";

const ENTRY =
  '{"timestamp":"2026-01-02T03:04:05.678Z","level":"warn","service":"workspace-kernel","message":"slow","workspaceId":"w1","userId":null,"durationMs":700}';
const line = (text: string) => ({ pod: "p-1", source: "pod/p-1/c", time: "", text });

test("A17 B28: a JSON line shows pod, time, level, message, then the fields that say more", () => {
  expect(formatLogLine(line(ENTRY), { json: false, colour: false })).toBe(
    "p-1 03:04:05.678 WARN  slow  workspace=w1 durationMs=700",
  );
});

test("A17: --json prints the service's own line", () => {
  expect(formatLogLine(line(ENTRY), { json: true })).toBe(ENTRY);
});

test("A17: a line that is not JSON is printed unchanged after its pod", () => {
  expect(formatLogLine(line("LOG:  database system is ready"), { json: false })).toBe(
    "p-1 LOG:  database system is ready",
  );
});

test("A17: no line moves the cursor of a terminal", () => {
  for (const text of ["a\u001b[2Jb", '{"message":"a\\u001b[2Jb"}'])
    expect(formatLogLine(line(text), { json: false, colour: false })).toContain("a\\x1b[2Jb");
});

test("A17: times of all nodes sort as texts, whatever their zone and number of digits", () => {
  const timeOf = (time: string) => parseLogLine(`[pod/p-1/c] ${time} text`);
  expect(timeOf("2026-01-02T03:04:05.67Z")).toEqual({
    pod: "p-1",
    source: "pod/p-1/c",
    time: "2026-01-02T03:04:05.670000000Z",
    text: "text",
  });
  expect(timeOf("2026-01-02T05:04:05.67+02:00")?.time).toBe("2026-01-02T03:04:05.670000000Z");
  expect(timeOf("2026-01-02T03:04:05Z")?.time).toBe("2026-01-02T03:04:05.000000000Z");
  expect(parseLogLine("[pod/p-1/c] 2026-01-02T03:04:05Z")?.text).toBe("");
  expect(parseLogLine("error: something of kubectl")).toBeUndefined();
});

test.each([
  ['{"message":"request","url":"/health","status":200}', true],
  ['{"message":"request","url":"/ready","status":200}', true],
  ['{"message":"request","url":"/-/alive","status":204}', true],
  ['{"message":"request","url":"/ready","status":503}', false],
  ['{"message":"request","url":"/health/x","status":200}', false],
  ['{"message":"listening","url":"/health","status":200}', false],
  ["GET /health 200", false],
])("A17: only health checks that were answered are left out: %s", (text, left) => {
  expect(isHealthCheck(line(text))).toBe(left);
});
