import { threadTimes } from "../src/sandbox/cpu-time";
import { Deadline } from "../src/sandbox/deadline";
import type { Job } from "../src/sandbox/job";
import { TenantUsage } from "../src/sandbox/tenant-usage";
import type { SandboxThread } from "../src/sandbox/thread";
import { Turn } from "../src/sandbox/turn";

const TIMEOUT_MS = 5000;
const job = { caller: { tenantId: "tenant" } } as unknown as Job;

jest.mock("../src/sandbox/cpu-time", () => ({ ownThread: () => 7, threadTimes: jest.fn() }));

beforeEach(() => void jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A turn in a thread whose times the test sets; `hard` counts how often its code would be stopped. */
function begin() {
  const times = { cpuMs: 100, activeMs: 300 };
  const thread = {
    get times() {
      return { ...times };
    },
  };
  const turn = new Turn(job, thread as unknown as SandboxThread, new TenantUsage());
  const seen = { hard: 0 };
  turn.limit({ timeoutMs: TIMEOUT_MS, onHard: () => (seen.hard += 1), onLong: () => undefined });
  /** Time passes. Of each second, the thread has a core for `cpu`, and has one or waits for one for `active`. */
  const pass = (seconds: number, cpu: number, active: number) => {
    for (let step = 0; step < seconds * 20; step += 1) {
      times.cpuMs += 50 * cpu;
      times.activeMs += 50 * active;
      jest.advanceTimersByTime(50);
    }
  };
  return { seen, pass, turn };
}

test("code that nothing interrupts is stopped a second of processor time after its limit", () => {
  const { seen, pass, turn } = begin();
  pass(5.5, 1, 1);
  expect(seen.hard).toBe(0);
  pass(1, 1, 1);
  expect(seen.hard).toBeGreaterThan(0);
  turn.end();
});

test("on a busy machine it has twice its limit, with the time in which it waits for a core", () => {
  const { seen, pass, turn } = begin();
  pass(9.5, 0.1, 1);
  expect(seen.hard).toBe(0);
  pass(1, 0.1, 1);
  expect(seen.hard).toBe(1);
  turn.end();
});

test("neither a machine that sleeps nor a clock that is set stops code or spares it", () => {
  const { seen, pass, turn } = begin();
  pass(2, 1, 1);
  jest.setSystemTime(Date.now() + 86_400_000);
  pass(15, 0, 0);
  expect(seen.hard).toBe(0);
  jest.setSystemTime(0);
  pass(3, 1, 1);
  expect(seen.hard).toBe(0);
  pass(1.5, 1, 1);
  expect(seen.hard).toBeGreaterThan(0);
  turn.end();
});

test("a thread that does nothing at all is stopped in the end", () => {
  const { seen, pass, turn } = begin();
  pass(45, 0, 0);
  expect(seen.hard).toBe(1);
  turn.end();
});

test("a deadline does not count the time in which the process was stopped", () => {
  let activeMs = 40;
  jest.mocked(threadTimes).mockImplementation(() => ({ cpuMs: 0, activeMs }));
  const deadline = new Deadline(1000);
  const pass = (ms: number, active: number) => {
    jest.advanceTimersByTime(ms);
    activeMs += active;
  };
  pass(600, 600);
  expect(deadline.isOver).toBe(false);
  pass(3_600_000, 0);
  expect(deadline.isOver).toBe(false);
  pass(399, 399);
  expect(deadline.isOver).toBe(false);
  pass(2, 2);
  expect(deadline.isOver).toBe(true);
});

test("where the system does not tell how long a thread is active, a deadline goes by the clock", () => {
  jest.mocked(threadTimes).mockReturnValue(undefined);
  const deadline = new Deadline(1000);
  jest.advanceTimersByTime(999);
  jest.setSystemTime(Date.now() + 86_400_000);
  expect(deadline.isOver).toBe(false);
  jest.advanceTimersByTime(2);
  expect(deadline.isOver).toBe(true);
});
