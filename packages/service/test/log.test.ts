import { PassThrough } from "node:stream";
import { createLogger } from "../src";
import { captureLog } from "@nexus/testkit/log-capture";

test("D24: a log line is one line of compact JSON, with an error's cause in it", () => {
  const { log, text } = captureLog("demo");
  log.warn({ error: new Error("no answer", { cause: new Error("refused") }) }, "first\nline");
  log.info("second");
  const lines = text().trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(JSON.stringify(JSON.parse(line))).toBe(line);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "warn",
    service: "demo",
    message: "first\nline",
    error: { name: "Error", message: "no answer", cause: { message: "refused" } },
  });
});

test.each([
  ["GET /panels?x=1&token=secret&y=2", "GET /panels?x=1&token=[hidden]&y=2"],
  ["'/panels?token=secret'", "'/panels?token=[hidden]'"],
  ["Bearer eyJhbGciOi.secret.sec-ret_ was refused", "Bearer [hidden] was refused"],
  ["the key nxk_secret", "the key [hidden]"],
  ["a token, and a monkey", "a token, and a monkey"],
])("D26: an error is logged without the tokens in its text: %s", (text, logged) => {
  const { log, lines } = captureLog("demo");
  log.error({ error: new Error(text, { cause: text }) }, "failed");
  expect(lines[0]).toMatchObject({ error: { message: logged, cause: { message: logged } } });
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test("D24: LOG_PRETTY writes lines for a person", () => {
  const destination = new PassThrough({ encoding: "utf8" });
  const log = createLogger({ service: "demo", pretty: true, destination });
  log.error({ status: 503 }, "no database");
  log.debug("not asked for");
  const text = String(destination.read());
  expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] ERROR: no database\n/);
  expect(text).toContain("status: 503");
  expect(text).not.toContain("{");
  expect(text).not.toContain("not asked for");
});
