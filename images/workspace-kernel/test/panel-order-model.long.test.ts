import { mergePatch } from "../src/sandbox/host-bridge";
import type { JsonValue, StreamEntry } from "../src/sandbox/messages";
import { Subscription, type SubscriptionOptions } from "../src/sockets/subscription";
import type { CatchUp } from "../src/store/stream-store";
import { WorkspaceHub } from "../src/workspaces/hub";
import { playAll, Scheduler, seededRandom } from "./model/scheduler";

const SCHEDULES = 2000;
const KEPT = 6;

type Panels = Record<string, JsonValue>;

/** What is durable: the panels, and the newest entries. */
class ModelStream {
  seq = 0;
  floor = 0;
  panels: Panels = {};
  private entries: StreamEntry[] = [];

  append(kind: "set" | "patch", name: string, value: JsonValue): StreamEntry {
    this.seq += 1;
    this.panels = { ...this.panels, [name]: kind === "set" ? value : mergePatch(this.panels[name], value) };
    const entry = { seq: this.seq, kind, name, payload: JSON.stringify(value) };
    this.entries = [...this.entries, entry].slice(-KEPT);
    return entry;
  }

  restore(panels: Panels): void {
    this.seq += 1;
    this.floor = this.seq;
    this.panels = panels;
  }

  catchUp(since: number | undefined): CatchUp {
    const { seq } = this;
    const entries = this.entries.filter((entry) => since !== undefined && entry.seq > since);
    if (since !== undefined && since >= this.floor && since <= seq && entries.length === seq - since)
      return { type: "entries", seq, entries };
    const texts = Object.entries(this.panels).map(([name, value]) => [name, JSON.stringify(value)]);
    return { type: "panels", seq, panels: Object.fromEntries(texts) as Record<string, string> };
  }
}

/** A client that applies its messages, and notices a wrong order. */
class ModelClient {
  panels: Panels = {};
  seq: number | undefined;
  readonly faults: string[] = [];

  hear(text: string): void {
    const message = JSON.parse(text) as {
      type: string;
      seq: number;
      panels: Panels;
      panel: string;
      op: string;
      value: JsonValue;
    };
    if (message.type === "panels") {
      this.panels = message.panels;
      this.seq = message.seq;
    } else if (message.type === "patch") {
      if (message.seq !== (this.seq ?? -1) + 1) this.faults.push(`${message.seq} after ${this.seq}`);
      this.seq = message.seq;
      const { panel, op, value } = message;
      this.panels = { ...this.panels, [panel]: op === "set" ? value : mergePatch(this.panels[panel], value) };
    }
  }
}

async function play(seed: number): Promise<{ stream: ModelStream; client: ModelClient }> {
  const scheduler = new Scheduler(seededRandom(seed));
  const stream = new ModelStream();
  const client = new ModelClient();
  const hub = new WorkspaceHub();
  const streams = {
    catchUp: async (_id: string, since: number | undefined) => {
      await scheduler.turn();
      const caughtUp = stream.catchUp(since);
      await scheduler.turn();
      return caughtUp;
    },
    panels: async () => {
      await scheduler.turn();
      const { seq, panels } = stream.catchUp(undefined) as Extract<CatchUp, { type: "panels" }>;
      await scheduler.turn();
      return { seq, panels };
    },
  };
  const connect = () =>
    new Subscription({
      hub,
      streams,
      turns: { run: (_tenant: string, work: () => unknown) => work() },
      pod: "p",
      workspaceId: "w",
      tenantId: "t",
      person: { userId: "u", email: "u@example.com" },
      presence: { come: () => () => undefined, of: () => [] },
      plan: () => undefined,
      token: () => undefined,
      isHop: false,
      since: client.seq,
      router: { locate: () => scheduler.turn().then(() => "here") },
      holder: { touch: () => undefined },
      send: (text: string) => client.hear(text),
      onEnd: () => undefined,
    } as unknown as SubscriptionOptions);
  let subscription = connect();
  for (let action = 0; action < 25; action += 1) {
    if (scheduler.chance(0.08)) {
      subscription.end();
      subscription = connect();
    } else if (scheduler.chance(0.05)) {
      hub.publish("w", { type: "stopped", reason: "drained" });
    } else if (scheduler.chance(0.05)) {
      stream.restore({ restored: action });
      hub.publish("w", { type: "reset" });
    } else {
      const kind = scheduler.chance(0.5) ? "set" : "patch";
      const entry = stream.append(kind, scheduler.pick(["a", "b"]), { [scheduler.pick(["x", "y"])]: action });
      hub.publish("w", { type: "entries", entries: [entry] });
    }
    for (let steps = Math.floor(scheduler.random() * 5); steps > 0; steps -= 1) await scheduler.step();
  }
  await scheduler.run();
  subscription.end();
  return { stream, client };
}

test(`in ${SCHEDULES} schedules of changes, reconnects, moves and restores, a subscriber ends with the true panels, in order`, async () => {
  await playAll(SCHEDULES, play, ({ stream, client }, seed) => {
    expect({ seed, faults: client.faults, at: client.seq, panels: client.panels }).toEqual({
      seed,
      faults: [],
      at: stream.seq,
      panels: stream.panels,
    });
  });
});
