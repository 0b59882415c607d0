import { type Answer, createClient, startWorld, type TestKernel, type World } from "./harness";
import { SocketClient } from "./socket-client";

const PODS = 3;
const WORKSPACES = 6;
const code = "var n = (globalThis.n ?? 0) + 1; view.set('n', n); n";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

test("C14 D28 D31: while every pod is replaced no request fails and subscribers get every entry once, in order", async () => {
  // A busy machine must not turn slow answers into failures.
  const settings = { TIMEOUT_MS: "10000" };
  const pods = await Promise.all(Array.from({ length: PODS }, () => world.start(settings)));
  const client = createClient();
  const ids = await Promise.all(
    Array.from({ length: WORKSPACES }, (_, at) => client.create(pods[at % PODS] as TestKernel)),
  );
  const anyPod = () => pods[Math.floor(Math.random() * pods.length)] as TestKernel;
  const failures: unknown[] = [];
  let rolling = true;

  /** Running requests, whichever pod got them: each may be relayed to any other. */
  const busy = new Set<Promise<unknown>>();

  async function execute(id: string): Promise<Answer> {
    const answer = client.call(anyPod(), "POST", `/${id}/execute`, { code });
    busy.add(answer);
    return await answer.finally(() => busy.delete(answer));
  }

  async function call(id: string): Promise<number> {
    let count = 0;
    while (rolling) {
      count += 1;
      const { status, body } = await execute(id);
      if (body.result !== count) failures.push({ count, status, body });
    }
    return count;
  }

  /** Ends a pod as its process does on a signal, after the last request that was sent to it before. */
  async function stop(pod: TestKernel): Promise<void> {
    await pod.holder.drain();
    await Promise.all([...busy]);
    await world.end(pod);
  }

  async function follow(id: string, until: Promise<number>): Promise<number[]> {
    const seen: number[] = [];
    let last = Number.POSITIVE_INFINITY;
    until.then((count) => (last = count)).catch(() => (last = 0));
    while (seen.length < last) {
      const socket = await SocketClient.connect(anyPod().url, client.token).catch(() => undefined);
      if (!socket) continue;
      socket.send({ type: "subscribe", workspaceId: id, since: seen.at(-1) ?? 0 });
      const ended = until.then((count) => socket.next("patch", { seq: count }));
      await Promise.race([socket.closed, ended]);
      seen.push(...(socket.seqs as number[]));
      const said = socket.messages.map(({ type }) => type).filter((type) => ["error", "stopped"].includes(type));
      if (said.length > 0) failures.push(socket.messages.filter(({ type }) => said.includes(type)));
      socket.close();
    }
    return seen;
  }

  const calls = ids.map((id) => call(id));
  const followers = ids.map((id, at) => follow(id, calls[at] as Promise<number>));
  for (let at = 0; at < PODS; at += 1) {
    pods.push(await world.start(settings));
    await stop(pods.shift() as TestKernel);
  }
  rolling = false;
  const counts = await Promise.all(calls);
  expect(failures).toEqual([]);
  const numbers = counts.map((count) => Array.from({ length: count }, (_, at) => at + 1));
  expect(await Promise.all(followers)).toEqual(numbers);
});
