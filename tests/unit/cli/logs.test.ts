import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type LogOptions, logs, showLogs } from "../../../cli/commands/logs";
import type { ContainerStatus, Pod } from "../../../cli/kubernetes-types";
import { sessionWithKubectl } from "../../support/fake-kubectl";
import { partly } from "../../support/partly";

let folder: string;
let printed: string[];
let told: string[];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-logs-"));
  [printed, told] = [[], []];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => Boolean(printed.push(String(text))));
  jest.spyOn(process.stderr, "write").mockImplementation((text) => Boolean(told.push(String(text))));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  fs.rmSync(folder, { recursive: true });
});

const RUNNING = { state: { running: {} } };
const RESTARTED = { ...RUNNING, lastState: { terminated: { exitCode: 1 } } };
const WAITING = { state: { waiting: { reason: "ContainerCreating" } } };
const pod = (name: string, status: object) =>
  partly<Pod>({
    metadata: { name },
    status: { containerStatuses: [{ name: "main", ...status } as ContainerStatus] },
  });
const line = (name: string, time: string, text: string) => `[pod/${name}/main] 2026-01-02T03:04:${time}Z ${text}`;
const PROBE = '{"message":"request","url":"/ready","status":200}';

/** @param files what kubectl prints, by a pattern of its arguments */
async function show(
  pods: readonly Pod[],
  files: Readonly<Record<string, readonly string[]>>,
  options: Partial<LogOptions> = {},
) {
  const calls = path.join(folder, "calls");
  const branches = Object.entries(files).map(([pattern, lines], index) => {
    fs.writeFileSync(path.join(folder, `log-${index}`), lines.map((text) => `${text}\n`).join(""));
    return `${pattern}) cat ${folder}/log-${index} ;;`;
  });
  const session = sessionWithKubectl(
    folder,
    { pods },
    `echo "$*" >> ${calls}; case "$*" in ${branches.join(" ")} esac`,
  );
  const all = { follow: false, previous: false, probes: false, json: false, ...options };
  await showLogs(session, "redis", all);
  return {
    lines: printed.join("").trimEnd().split("\n"),
    calls: fs.readFileSync(calls, "utf8").trimEnd().split("\n"),
  };
}

test("A17: lines of several pods are sorted by time, also without following", async () => {
  const { lines, calls } = await show([pod("a", RUNNING), pod("b", RUNNING)], {
    "*": [
      line("a", "01.5", "first"),
      line("a", "03", "third"),
      line("b", "02.25", "second"),
      line("b", "03", "fourth"),
    ],
  });
  expect(lines).toEqual(["a first", "b second", "a third", "b fourth"]);
  expect(calls).toEqual([expect.stringMatching(/ --tail=50$/)]);
});

test("A17: health checks are left out unless they are asked for, and do not count as lines", async () => {
  const probes = Array.from({ length: 4 }, (_, index) => line("a", `1${index}`, PROBE));
  const files = {
    // The longer number first: the shorter one is its beginning.
    "*--tail=20*": [line("a", "01", "start"), line("a", "02", "listening"), line("a", "03", "ready"), ...probes],
    "*--tail=2*": probes.slice(2),
  };
  const some = await show([pod("a", RUNNING)], files, { tail: "2" });
  expect(some.lines).toEqual(["a listening", "a ready"]);
  printed = [];
  const all = await show([pod("a", RUNNING)], { "*--tail=2": files["*--tail=2*"] }, { tail: "2", probes: true });
  expect(all.lines).toEqual([expect.stringContaining("url=/ready"), expect.stringContaining("url=/ready")]);
});

test("A17: following continues after the printed lines, and neither repeats nor loses one", async () => {
  const { lines, calls } = await show(
    [pod("a", RUNNING), pod("b", RUNNING)],
    {
      "*--follow*": [
        line("a", "10", "a shown"),
        line("b", "09", "b shown"),
        line("b", "09.5", "b late"),
        line("a", "11", "new"),
      ],
      "*": [line("a", "10", "a shown"), line("b", "09", "b shown")],
    },
    { follow: true },
  );
  expect(lines).toEqual(["b b shown", "a a shown", "b b late", "a new"]);
  expect(calls[1]).toContain(" --follow --since-time=2026-01-02T02:59:10.000Z --tail=-1");
});

test("A17: --since reads all lines of that time", async () => {
  const { calls } = await show([pod("a", RUNNING)], { "*": [line("a", "10", "x")] }, { since: "2h", follow: true });
  expect(calls[0]).toMatch(/ --tail=-1 --since=7200s$/);
  const short = await show(
    [pod("a", RUNNING)],
    { "*": [line("a", "10", "x")] },
    { since: "30s", follow: true, tail: "7" },
  );
  expect(short.calls.slice(2)).toEqual([
    expect.stringMatching(/ --tail=7 --since=30s$/),
    expect.stringContaining("--since-time=2026-01-02T03:03:40.000Z"),
  ]);
});

test("A17: --tail 0 begins with new lines", async () => {
  const { calls } = await show([pod("a", RUNNING)], {}, { tail: "0", follow: true });
  expect(calls).toEqual([expect.stringMatching(/ --follow --tail=0$/)]);
});

test("A17: --previous says in a sentence that no container was restarted, and shows those that were", async () => {
  await expect(show([pod("a", RUNNING)], {}, { previous: true })).rejects.toThrow(
    "No container of redis was restarted, so there are no earlier logs. Fix: leave out --previous",
  );
  const refused = 'error: previous terminated container "main" in pod "a" not found';
  const { lines, calls } = await show(
    [pod("a", RUNNING), pod("b", RESTARTED)],
    { "*--previous*": [refused, line("b", "01", "last words")] },
    { previous: true, follow: true },
  );
  expect(lines).toEqual(["b last words"]);
  expect(calls).toHaveLength(1);
  expect(told).toEqual([]);
});

test("A17: a container that has not started is named, and hides no other's lines", async () => {
  const waiting = 'error: container "main" in pod "b" is waiting to start: ContainerCreating';
  const { lines } = await show([pod("a", RUNNING), pod("b", WAITING)], { "*": [waiting, line("a", "01", "x")] });
  expect(lines).toEqual(["a x"]);
  expect(told).toEqual(["main of pod b has not started: ContainerCreating\n"]);
  await expect(show([pod("b", WAITING)], {})).rejects.toThrow(
    "main of pod b has not started: ContainerCreating. Fix: npm run status",
  );
  await expect(show([], {})).rejects.toThrow("redis has no pods, and so no logs. Fix: npm run status");
});

test("A17: any other error of kubectl is printed, and the command fails", async () => {
  await show([pod("a", RUNNING)], { "*": ["error: pods is forbidden", line("a", "01", "x")] });
  expect(told).toEqual(["error: pods is forbidden\n"]);
  expect(process.exitCode).toBe(1);
});

test.each([
  [{ tail: "x" }, "--tail x is not a whole number. Fix: --tail 50"],
  [{ since: "2" }, "--since 2 is not a time. Fix: a number with s, m, h or d, such as --since 2h"],
  [{ since: "yesterday" }, "--since yesterday is not a time."],
  [{ since: "0s" }, "--since 0s is not a time."],
])("A17: %j is refused before any request", async (options, message) => {
  const all = { stack: "dev", follow: false, previous: false, probes: false, json: false, ...options };
  await expect(logs("redis", all)).rejects.toThrow(message);
});
