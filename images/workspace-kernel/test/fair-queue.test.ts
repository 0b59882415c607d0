import { FairQueue } from "../src/sandbox/fair-queue";
import { TenantUsage } from "../src/sandbox/tenant-usage";
import { DocumentTurns } from "../src/workspaces/document-turns";

/** A queue of items that are named after their tenant, of whose running time what is given was used. */
function queueOf(names: readonly string[], used: Readonly<Record<string, number>> = {}): FairQueue<string> {
  const usage = new TenantUsage();
  for (const [tenantId, ms] of Object.entries(used)) usage.add(tenantId, ms);
  const queue = new FairQueue<string>(usage);
  for (const name of names) queue.push(tenantOf(name), name);
  return queue;
}

const tenantOf = (name: string) => name[0] ?? "";

function drain(queue: FairQueue<string>, mayGo?: (item: string, tenantId: string) => boolean): string[] {
  const taken: string[] = [];
  for (let item = queue.shift(mayGo); item !== undefined; item = queue.shift(mayGo)) taken.push(item);
  return taken;
}

test("tenants that used the same take turns, whoever has more that waits", () => {
  expect(drain(queueOf(["a1", "a2", "a3", "b1", "c1", "b2"]))).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
});

test("whoever used least goes first, until it used more", () => {
  const used = { a: 500, b: 100, c: 300 };
  expect(drain(queueOf(["a1", "b1", "b2", "c1"], used))).toEqual(["b1", "b2", "c1", "a1"]);
});

test("what cannot go keeps back nothing behind it, neither of its tenant nor of others, and keeps its place", () => {
  const queue = queueOf(["a1", "a2", "b1", "b2"]);
  expect(drain(queue, (item) => !item.endsWith("1"))).toEqual(["a2", "b2"]);
  expect(queue.length).toBe(2);
  queue.push("a", "a3");
  expect(drain(queue)).toEqual(["a1", "b1", "a3"]);
});

test("a tenant of which nothing can go loses no turn, and one of which something went goes behind all others", () => {
  const queue = queueOf(["a1", "b1", "b2", "c1"]);
  expect(queue.shift((_item, tenantId) => tenantId === "b")).toBe("b1");
  expect(drain(queue)).toEqual(["a1", "c1", "b2"]);
});

test("no item is asked after one that may go was found", () => {
  const asked: string[] = [];
  const queue = queueOf(["a1", "a2", "a3", "b1"]);
  const mayGo = (item: string) => {
    asked.push(item);
    return item === "a2";
  };
  expect(queue.shift(mayGo)).toBe("a2");
  expect(asked).toEqual(["a1", "a2"]);
});

test("what is taken out leaves nobody waiting in its name", () => {
  const queue = queueOf(["a1", "b1", "a2"]);
  expect(queue.hasOther("b")).toBe(true);
  expect(queue.take((item) => item.startsWith("a"))).toEqual(["a1", "a2"]);
  expect([queue.hasOther("a"), queue.hasOther("b"), queue.length]).toEqual([true, false, 1]);
});

/** Turns whose work ends when the test says so; work is named after its tenant. */
function turnsOf(atOnce: number) {
  const turns = new DocumentTurns(atOnce);
  const ends = new Map<string, (error?: Error) => void>();
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ask: (name: string) =>
      turns.run(tenantOf(name), () => {
        return new Promise<string>((resolve, reject) => {
          ends.set(name, (error) => (error ? reject(error) : resolve(name)));
        });
      }),
    having: async () => {
      await settle();
      return [...ends.keys()];
    },
    end: (name: string, error?: Error) => {
      const end = ends.get(name);
      ends.delete(name);
      end?.(error);
    },
  };
}

test("of turns that all share a tenant has one at a time, and whoever comes once is before those that come often", async () => {
  jest.useFakeTimers({ doNotFake: ["setImmediate"] });
  const { ask, having, end } = turnsOf(2);
  const all = ["a1", "a2", "a3", "b1", "b2", "c1", "c2"].map(ask);
  expect(await having()).toEqual(["a1", "b1"]);
  jest.advanceTimersByTime(1000);
  all.push(ask("d1"));
  end("a1");
  expect(await having()).toEqual(["b1", "c1"]);
  end("b1");
  // The others had a second each.
  expect(await having()).toEqual(["c1", "d1"]);
  jest.advanceTimersByTime(2000);
  all.push(ask("e1"));
  end("d1");
  expect(await having()).toEqual(["c1", "e1"]);
  end("e1");
  expect(await having()).toEqual(["c1", "a2"]);
  for (let name = (await having())[0]; name !== undefined; name = (await having())[0]) end(name);
  expect(await Promise.all(all)).toHaveLength(9);
  jest.useRealTimers();
});

test("work that fails ends its turn", async () => {
  const { ask, having, end } = turnsOf(1);
  const failed = expect(ask("a1")).rejects.toThrow("no database");
  const next = ask("b1");
  expect(await having()).toEqual(["a1"]);
  end("a1", new Error("no database"));
  await failed;
  expect(await having()).toEqual(["b1"]);
  end("b1");
  expect(await next).toBe("b1");
});
