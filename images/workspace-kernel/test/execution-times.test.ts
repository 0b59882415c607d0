import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { UNLIMITED } from "@nexus/contract";
import { isError, type NamedPlan } from "@nexus/service";
import { captureLog } from "@nexus/testkit/log-capture";
import { NOTHING_TAKEN } from "../src/store/execution-time-store";
import { MAX_STREAM_BYTES } from "../src/store/limits";
import type { Stores } from "../src/store/stores";
import { ExecutionMeter, type OnRan } from "../src/workspaces/execution-meter";
import { kinds } from "./open-stores";

const { log } = captureLog("workspace-kernel");
const EACH_MS = 100;
const planOf = (seconds: number | null): NamedPlan => ({ ...UNLIMITED, name: "free", executionSecondsPerDay: seconds });
const running =
  (ms: number, streamBytes = 0) =>
  async (onRan: OnRan) =>
    onRan(ms, streamBytes);

describe.each(kinds)("running times in %s", (_name, open) => {
  let stores: Stores;
  let end: () => Promise<void>;
  beforeAll(async () => {
    [stores, end] = await open();
  });
  afterAll(() => end());

  const today = async (tenantId: string) => (await stores.times.history(tenantId, 1))[0];
  const pod = () => new ExecutionMeter({ times: stores.times, eachMs: EACH_MS, log });

  test("A56b: 200 executions at once on three pods take no more than the plan allows, and leave nothing reserved", async () => {
    const tenantId = randomUUID();
    const pods = [pod(), pod(), pod()];
    let atOnce = 0;
    let most = 0;
    const one = (index: number) =>
      (pods[index % 3] ?? pod()).of(
        tenantId,
        planOf(5),
      )(async (onRan) => {
        most = Math.max(most, (atOnce += 1));
        await delay(5);
        atOnce -= 1;
        onRan(EACH_MS, 0);
      });
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => one(index)));
    await Promise.all(pods.map((each) => each.close()));
    const done = results.filter(({ status }) => status === "fulfilled").length;
    expect(done).toBe(50);
    expect(most).toBeLessThanOrEqual(50);
    expect(await today(tenantId)).toMatchObject({ usedMs: 5000, reservedMs: 0, executions: 50 });
    const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    expect(
      reasons.every((reason) => isError(reason) && reason.message.includes("plan free may run code for 5 s")),
    ).toBe(true);
  });

  test("A56b: 200 executions at once on three pods send no more than the plan allows, and leave nothing reserved", async () => {
    const tenantId = randomUUID();
    const plan: NamedPlan = { ...UNLIMITED, name: "free", streamMbPerDay: 20 };
    const limit = 20 * 1024 * 1024;
    const pods = [pod(), pod(), pod()];
    const one = (index: number) =>
      (pods[index % 3] ?? pod()).of(
        tenantId,
        plan,
      )(async (onRan) => {
        await delay(5);
        onRan(1, MAX_STREAM_BYTES);
      });
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => one(index)));
    await Promise.all(pods.map((each) => each.close()));
    const done = results.filter(({ status }) => status === "fulfilled").length;
    expect(done).toBe(Math.floor(limit / MAX_STREAM_BYTES));
    const streamBytes = done * MAX_STREAM_BYTES;
    expect(await today(tenantId)).toMatchObject({ usedMs: done, reservedMs: 0, streamBytes, reservedStreamBytes: 0 });
    const refused = one(0);
    await expect(refused).rejects.toMatchObject({
      code: "rate_limited",
      details: { extensions: { limit, usage: streamBytes } },
    });
    await expect(refused).rejects.toThrow(
      /^A tenant with the plan free may send 20 MiB of events and panel changes a day; 20.0 MiB are used and 0.0 MiB reserved, and one execution may send 1.1 MiB; wait until \S+, or change to a larger plan$/,
    );
    await expect(pods[0]?.check(tenantId, plan)).rejects.toMatchObject({ code: "rate_limited" });
    await expect(pods[0]?.check(tenantId, { ...plan, streamMbPerDay: 22 })).resolves.toBeUndefined();
  });

  test("A56b: of two limits of a day the one that has less room decides, and only a limit reserves", async () => {
    const tenantId = randomUUID();
    const meter = pod();
    const both: NamedPlan = { ...UNLIMITED, name: "free", executionSecondsPerDay: 1, streamMbPerDay: 2 };
    await meter.of(
      tenantId,
      both,
    )(async (onRan) => {
      expect(await today(tenantId)).toMatchObject({ reservedMs: EACH_MS, reservedStreamBytes: MAX_STREAM_BYTES });
      await expect(meter.of(tenantId, both)(running(1))).rejects.toThrow("wait for executions that run");
      await expect(meter.of(tenantId, { ...both, streamMbPerDay: null })(running(1))).resolves.toBeUndefined();
      onRan(1, 5);
    });
    await expect(meter.of(tenantId, { ...both, executionSecondsPerDay: 0.1 })(running(1))).rejects.toThrow(
      "may run code",
    );
    await meter.close();
    expect(await today(tenantId)).toMatchObject({ reservedMs: 0, streamBytes: 5, reservedStreamBytes: 0 });
  });

  test("A56b: what a killed pod had reserved stays counted, so its work is never given twice", async () => {
    const tenantId = randomUUID();
    const [killed, other] = [pod(), pod()];
    // It never comes back.
    const starts = [1, 2, 3].map(() => killed.of(tenantId, planOf(0.5)));
    for (const start of starts) void start(() => new Promise(() => undefined));
    while ((await today(tenantId))?.reservedMs !== 300) await delay(5);
    const run = () => other.of(tenantId, planOf(0.5))(running(EACH_MS));
    await run();
    await run();
    await expect(run()).rejects.toMatchObject({ code: "rate_limited", details: { retryAfterSeconds: 1 } });
    await other.close();
    expect(await today(tenantId)).toMatchObject({ usedMs: 200, reservedMs: 300 });
  });

  test("A56b: unused time comes back; an execution that never began counts nothing", async () => {
    const tenantId = randomUUID();
    const meter = pod();
    await meter.of(tenantId, planOf(1))(running(12.2));
    await meter.of(tenantId, planOf(1))(running(10 * EACH_MS));
    await expect(meter.of(tenantId, planOf(1))(() => Promise.reject(new Error("no task")))).rejects.toThrow("no task");
    await meter.of(tenantId, planOf(null))(running(7));
    await meter.close();
    expect(await today(tenantId)).toMatchObject({ usedMs: 13 + EACH_MS + 7, reservedMs: 0, executions: 3 });
  });

  test("A56b: reading code takes time of the day; it is no execution, and needs no room for what it sends", async () => {
    const tenantId = randomUUID();
    const meter = pod();
    const plan: NamedPlan = { ...planOf(0.2), streamMbPerDay: 0 };
    await meter.ofReading(
      tenantId,
      plan,
    )(async (onRan) => {
      expect(await today(tenantId)).toMatchObject({ reservedMs: EACH_MS, reservedStreamBytes: 0 });
      for (const ms of [40, 70]) onRan(ms, 0);
    });
    await meter.ofReading(tenantId, planOf(null))(running(40));
    await meter.close();
    expect(await today(tenantId)).toMatchObject({ usedMs: 110, reservedMs: 0, executions: 0, streamBytes: 0 });
    await expect(meter.ofReading(tenantId, plan)(running(1))).rejects.toMatchObject({ code: "rate_limited" });
  });

  test("A56b: what ran counts also when its work is lost", async () => {
    const tenantId = randomUUID();
    const meter = pod();
    const lost = meter.of(
      tenantId,
      planOf(1),
    )(async (onRan) => {
      onRan(40, 0);
      throw new Error("another pod owns the workspace");
    });
    await expect(lost).rejects.toThrow("another pod owns the workspace");
    await meter.close();
    expect(await today(tenantId)).toMatchObject({ usedMs: 40, reservedMs: 0, executions: 1 });
  });

  test("A56b: a look ahead refuses what is used up, and not what is only reserved", async () => {
    const tenantId = randomUUID();
    const meter = pod();
    const plan = planOf(0.1);
    await meter.of(
      tenantId,
      plan,
    )(async (onRan) => {
      await expect(meter.check(tenantId, plan)).resolves.toBeUndefined();
      onRan(1, 0);
    });
    await meter.close();
    await expect(meter.check(tenantId, plan)).rejects.toMatchObject({ code: "rate_limited" });
    await expect(meter.check(tenantId, planOf(null))).resolves.toBeUndefined();
    await expect(meter.check(randomUUID(), planOf(0.05))).rejects.toMatchObject({ code: "rate_limited" });
  });

  test("history holds the newest days of one tenant, and old ones are forgotten", async () => {
    const tenantId = randomUUID();
    const use = { ...NOTHING_TAKEN, tenantId, usedMs: 1, executions: 1 };
    const days = ["2030-05-01", "2030-05-03", "2030-05-02"].map((day) => ({ ...use, day }));
    await stores.times.settle([...days, { ...use, tenantId: randomUUID(), day: "2030-05-04" }]);
    const history = await stores.times.history(tenantId, 2);
    expect(history.map(({ day }) => day)).toEqual(["2030-05-03", "2030-05-02"]);
    await stores.times.prune();
    expect(await stores.times.history(tenantId, 10)).toHaveLength(3);
  });
});
