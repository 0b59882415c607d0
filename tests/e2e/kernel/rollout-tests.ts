import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "@nexus/host";
import { Account, createWorkspaces } from "./account";
import { answersTo, type Credentials, Renewals, takeCredentials } from "./credentials";
import { KERNEL_PODS, kernelPods, readyKernelPods, stack } from "./deployment";
import { report, spread } from "./figures";
import { changeSandbox, LiveHeap } from "./heap-tests";
import { Subscriber } from "./subscriber";

const MINUTE = 60_000;
const WORKSPACES = 15;
const INTERVAL_MS = 250;
/** Time from the close of a socket to its subscription on another pod. */
const RECONNECT_MS = 5000;

/** Executes in one workspace and reads it, again and again; every request is sent only once. */
class Caller {
  public requests = 0;
  public count = 0;
  public slowestMs = 0;
  public readonly failures: string[] = [];
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  public constructor(
    private readonly account: Account,
    private readonly id: string,
  ) {}

  public async start(): Promise<void> {
    await this.account.run(this.id, "var count = 0");
    this.running = this.loop();
  }

  public async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      await this.request("POST", `/${this.id}/execute`, { code: 'view.set("count", ++count); count' });
      await this.request("GET", `/${this.id}`);
      await pause(INTERVAL_MS);
    }
  }

  private async request(method: "GET" | "POST", path: string, body?: object): Promise<void> {
    this.requests += 1;
    const startedAt = Date.now();
    try {
      const answer = await this.account.call(method, path, body);
      if (method === "POST") this.count += 1;
      const right = answer.status === 200 && (method === "GET" || answer.body.result === this.count);
      if (!right) this.failures.push(`${method} number ${this.count}: ${JSON.stringify(answer)}`);
      // The same mistake is reported once.
      if (method === "POST" && !right) this.count = Number(answer.body.result ?? this.count - 1);
    } catch (error) {
      this.failures.push(`${method}: ${error instanceof Error ? `${error.message} ${String(error.cause)}` : "?"}`);
    }
    this.slowestMs = Math.max(this.slowestMs, Date.now() - startedAt);
  }
}

/** The next update rotates the secrets. */
function rotateTo(rotation: number): void {
  stack.edit("dev", (config) => {
    config["nexus:secrets"] = { rotation };
  });
}

/** New images arrive, and secrets are rotated with them. */
export function rolloutTests(): void {
  let first: Credentials;

  test(
    "A32 C14 D28 D31 P4: a new kernel image and rotated secrets roll out under load: no request fails, sockets are back in 5 s without an entry lost or repeated, and closures go on",
    async () => {
      const account = await Account.signUp();
      const before = (await readyKernelPods(KERNEL_PODS, true)).map(({ name }) => name);
      first = await takeCredentials(account);
      const heap = await LiveHeap.make(account);
      const ids = await createWorkspaces(account, WORKSPACES, "rollout");
      const callers = ids.map((id) => new Caller(account, id));
      const subscribers = ids.map((id) => new Subscriber(account, id));
      for (const subscriber of subscribers) subscriber.start();
      await Promise.all(callers.map((caller) => caller.start()));
      await waitFor("A first entry at every subscriber", 30, async () =>
        subscribers.every(({ seq }) => seq > 0) ? true : undefined,
      );

      // Each caller uses the newest token at once, whichever pod has signed it.
      const renewals = new Renewals(account);
      rotateTo(1);
      stack.rewrite("images/workspace-kernel/src/server.ts", (text) => `${text}\nprocess.exitCode ??= 0;\n`);
      await stack.up("dev");
      const after = await readyKernelPods(KERNEL_PODS, true);
      expect(after.filter(({ name }) => before.includes(name))).toEqual([]);
      await Promise.all([renewals, ...callers].map((one) => one.stop()));
      const caughtUp = waitFor("The last entry at every subscriber", 30, async () => {
        const behind = subscribers.filter(({ seq }, index) => seq < (callers[index]?.count ?? 0));
        if (behind.length > 0) throw new Error(`${behind.length} subscribers are behind`);
        return true;
      });
      // Missing entries are found by the numbers below.
      await caughtUp.catch(() => undefined);
      await Promise.all(subscribers.map((subscriber) => subscriber.stop()));

      const gaps = subscribers.flatMap((subscriber) => subscriber.gaps);
      const failures = [renewals, ...callers].flatMap((one) => one.failures);
      report("Rolling update under load", {
        requests: callers.reduce((sum, { requests }) => sum + requests, 0),
        failed: failures.length,
        renewals: renewals.count,
        slowestMs: Math.max(...callers.map(({ slowestMs }) => slowestMs)),
        entries: subscribers.reduce((sum, { seq }) => sum + seq, 0),
        reconnects: gaps.length,
        reconnectMs: spread(gaps),
        longestSilenceMs: Math.max(...subscribers.map(({ silence }) => silence)),
        closeCodes: [...new Set(subscribers.flatMap(({ closeCodes }) => closeCodes))],
        refusals: [...new Set(subscribers.flatMap(({ refusals }) => refusals))],
      });
      expect(failures).toEqual([]);
      expect(subscribers.flatMap(({ faults }) => faults)).toEqual([]);
      expect(subscribers.map(({ seq }) => seq)).toEqual(callers.map(({ count }) => count));
      expect(gaps.length).toBeGreaterThan(0);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(RECONNECT_MS);
      await heap.expectWhole();
      const second = await takeCredentials(account);
      for (const [name, value] of Object.entries(first))
        expect(Object.entries(second)).not.toContainEqual([name, value]);
      const accepted = { database: "1", redis: "PONG", token: 200 };
      expect(await Promise.all([first, second].map(answersTo))).toEqual([accepted, accepted]);
    },
    10 * MINUTE,
  );

  test(
    "A12 A32 P4: after a change of the sandbox itself a workspace goes on from its state and says so; the second rotation refuses what was used before the first",
    async () => {
      const heap = await LiveHeap.make(await Account.signUp());
      const before = await kernelPods();
      changeSandbox();
      rotateTo(2);
      // One pod is enough to show it.
      stack.edit("dev", (config) => Object.assign(config["nexus:kernel"] as object, { replicas: 1 }));
      await stack.up("dev");
      const after = await readyKernelPods(1, true);
      expect(after.filter(({ name }) => before.some((one) => one.name === name))).toEqual([]);
      await heap.expectOnlyState();
      expect(await answersTo(first)).toEqual({
        database: expect.stringMatching(/password authentication failed|is not permitted to log in/),
        redis: expect.stringContaining("WRONGPASS"),
        token: 401,
      });
    },
    8 * MINUTE,
  );
}
