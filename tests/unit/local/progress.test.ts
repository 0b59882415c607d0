import { createReporter } from "@nexus/host";

let written: string;

/** A stream that stores what is written; `columns` makes it a terminal. */
function stream(columns?: number): NodeJS.WriteStream {
  const write = (text: string) => {
    written += text;
    return true;
  };
  return { isTTY: columns !== undefined, columns, write } as unknown as NodeJS.WriteStream;
}

const ci = process.env.CI;

beforeEach(() => {
  written = "";
  delete process.env.CI;
  jest.useFakeTimers({ now: 0 });
});

afterEach(() => {
  jest.useRealTimers();
  if (ci !== undefined) process.env.CI = ci;
});

test("on a terminal each running step has its own line, which is redrawn", () => {
  const reporter = createReporter(stream(40));
  reporter.start("a", "Tools");
  reporter.start("b", "Images of the base that have a long name");
  reporter.progress("a", "1 of 4", 0.25);
  jest.advanceTimersByTime(250);
  expect(written).toBe("  ... Tools: 1 of 4 (0 s)\n  ... Images of the base that have a lo");
  written = "";
  jest.advanceTimersByTime(1000);
  expect(written).toContain("\r\u001b[1A\u001b[J  ... Tools: 1 of 4 (1 s)\n");
  written = "";
  reporter.done("b", "from the cache");
  expect(written).toBe("\r\u001b[1A\u001b[J  ok   Images of the base that have a long name (from the cache)\n");
  reporter.done("a");
});

test("elsewhere a slow step prints a line every 20 s, and a short step one line when it is done", () => {
  const reporter = createReporter(stream());
  reporter.start("short", "Node");
  jest.advanceTimersByTime(1000);
  reporter.done("short");
  reporter.start("long", "Tools");
  jest.advanceTimersByTime(45_000);
  reporter.fail("long", new Error("no disk\nsecond line"));
  expect(written.split("\n")).toEqual([
    "  ok   Node",
    "  ... Tools (2 s)",
    "  ... Tools (22 s)",
    "  ... Tools (42 s)",
    "  FAIL Tools (no disk, 45 s)",
    "",
  ]);
});

test("the time left is computed from the speed of the planned steps, and not shown at first", () => {
  const reporter = createReporter(stream());
  reporter.plan({ tools: 300, images: 100 });
  reporter.start("tools", "Tools");
  reporter.progress("tools", "half", 0.5);
  jest.advanceTimersByTime(10_000);
  expect(written).toBe("  ... Tools: half (2 s)\n");
  jest.advanceTimersByTime(50_000);
  // 150 of 400 seconds of work took 42 s when the last line was written, so 70 s are left.
  expect(written).toContain("  ... Tools: half (42 s)\n  37 % of everything (42 s), about 2 min left\n");
  written = "";
  reporter.done("tools");
  reporter.start("images", "Images");
  jest.advanceTimersByTime(60_000);
  // A step that reports no fraction is measured by its planned time: 40 of 100 s.
  expect(written).toContain("  85 % of everything (1 min 42 s), about 1 min left\n");
  reporter.done("images");
});
