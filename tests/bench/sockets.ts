import { type ChildProcess, spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { WebSocket, WebSocketServer } from "ws";
import type { Kernel } from "../../images/workspace-kernel/src/kernel";
import { type Bench, create } from "./bench";
import { percentile, quantiles, type Result, time } from "./result";

const SUBSCRIBERS = 1000;
const CHANGES = 100;
const PATIENCE_MS = 30_000;

/** Clients in a separate process, as they would be on other machines. */
class Subscribers {
  private readonly lines: AsyncIterator<string>;

  static async start(url: string, workspaceId: string): Promise<Subscribers> {
    const script = path.join(__dirname, "peers", "subscribers.cjs");
    const args = [script, url, String(SUBSCRIBERS), workspaceId];
    const subscribers = new Subscribers(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }));
    await subscribers.next("the clients are ready");
    return subscribers;
  }

  private constructor(private readonly child: ChildProcess) {
    if (!child.stdout) throw new Error("the clients print nothing");
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /**
   * The time at which the last client had the message of this number, in nanoseconds; throws if a client never gets it.
   */
  async last(seq: number): Promise<bigint> {
    const [got, at] = (await this.next(`all clients have message ${seq}`)).split(" ");
    if (Number(got) !== seq || at === undefined) throw new Error(`the clients have message ${got} and not ${seq}`);
    return BigInt(at);
  }

  end(): void {
    this.child.kill("SIGKILL");
  }

  private async next(what: string): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not within ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS);
    });
    const { value } = await Promise.race([this.lines.next(), late]).finally(() => clearTimeout(timer));
    return String(value);
  }
}

/** The time from a request to the patch that a subscriber gets, and the time of one change for many subscribers. */
export async function benchSockets(bench: Bench, kernel: Kernel): Promise<Result[]> {
  const address = await kernel.app.listen({ host: "127.0.0.1", port: 0 });
  const url = `${address.replace(/^http/, "ws")}/panels?token=${bench.token}`;
  const one = await create(bench, kernel);
  const change = (n: number) => bench.call(kernel, "POST", `/${one}/execute`, { code: `view.set("p", { n: ${n} })` });
  const what = `one panel change to ${SUBSCRIBERS} subscribers, from durable to the last`;
  const roundTrips = await measureRoundTrips(url, one, change);
  const { changes, broadcasts } = await measureFanOut(kernel, url, one, change);
  return [
    ...quantiles("execution to a subscriber's patch, durable", roundTrips, {}),
    ...quantiles(what, changes, { p99: 25 }),
    {
      what: `${what}, p50`,
      unit: "ms",
      goal: 1 / 0.9,
      value: percentile(changes, 50),
      peer: "a plain ws broadcast",
      peerValue: percentile(broadcasts, 50),
    },
  ];
}

type Change = (n: number) => Promise<unknown>;

async function measureRoundTrips(url: string, workspaceId: string, change: Change): Promise<number[]> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  let onMessage: (text: string) => void = () => undefined;
  socket.on("message", (data: Buffer) => onMessage(data.toString()));
  const told = (type: string) =>
    new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      onMessage = (text) => text.startsWith(`{"type":"${type}"`) && resolve();
    });
  await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const subscribed = told("panels");
  socket.send(JSON.stringify({ type: "subscribe", workspaceId }));
  await subscribed;
  const times: number[] = [];
  for (let n = 0; n < CHANGES; n += 1) {
    const patched = told("patch");
    times.push(await time(() => Promise.all([change(n), patched])));
    socket.removeAllListeners("error");
  }
  socket.terminate();
  return times;
}

/**
 * Measures in turn changes of the kernel, from the moment when they are durable, and broadcasts of a minimal socket
 * server.
 */
async function measureFanOut(kernel: Kernel, url: string, workspaceId: string, change: Change) {
  let durableAt = 0n;
  const { commits } = kernel.stores;
  const write = commits.write.bind(commits);
  commits.write = async (writes) => {
    const written = await write(writes);
    durableAt = process.hrtime.bigint();
    return written;
  };
  const plain = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  await new Promise((resolve) => plain.once("listening", resolve));
  const { port } = plain.address() as AddressInfo;
  const ours = await Subscribers.start(url, workspaceId);
  const theirs = await Subscribers.start(`ws://127.0.0.1:${port}`, "");
  const changes: number[] = [];
  const broadcasts: number[] = [];
  try {
    for (let n = 1; n <= CHANGES; n += 1) {
      const seq = CHANGES + n;
      await change(n);
      changes.push(Number((await ours.last(seq)) - durableAt) / 1e6);
      const text = `{"type":"patch","workspaceId":"${workspaceId}","seq":${seq},"panel":"p","op":"set","value":{"n":${n}}}`;
      const sentAt = process.hrtime.bigint();
      for (const client of plain.clients) client.send(text);
      broadcasts.push(Number((await theirs.last(seq)) - sentAt) / 1e6);
    }
    return { changes, broadcasts };
  } finally {
    commits.write = write;
    for (const subscribers of [ours, theirs]) subscribers.end();
    plain.close();
  }
}
