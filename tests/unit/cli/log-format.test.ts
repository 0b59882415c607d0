import { formatLogLine } from "../../../cli/log-format";

const LINE =
  '[pod/workspace-kernel-1/kernel] {"timestamp":"2026-01-02T03:04:05.678Z","level":"warn","service":"workspace-kernel","message":"slow","workspaceId":"w1","userId":null,"durationMs":700}';

test("A17 B28: a JSON line shows pod, time, level, message, then the fields that say more", () => {
  expect(formatLogLine(LINE, { json: false, colour: false })).toBe(
    "workspace-kernel-1 03:04:05.678 WARN  slow  workspace=w1 durationMs=700",
  );
});

test("A17: --json gives the service's own line back", () => {
  expect(JSON.parse(formatLogLine(LINE, { json: true }))).toMatchObject({ message: "slow" });
});

test("A17: a line that is no JSON stays as it is, behind its pod", () => {
  expect(
    formatLogLine("[pod/postgres-0/postgres] LOG:  database system is ready", { json: false, colour: false }),
  ).toBe("postgres-0 LOG:  database system is ready");
});
