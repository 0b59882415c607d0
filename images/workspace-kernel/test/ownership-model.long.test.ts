import { ModelDatabase, ModelPod } from "./model/cluster";
import { playAll, Scheduler, seededRandom } from "./model/scheduler";

const SCHEDULES = 2000;

interface Request {
  readonly entry: string;
  acknowledged: boolean;
  /** Entries that were acknowledged before this request was made. */
  readonly after: readonly string[];
}

/** Pods that crash, drain and take a workspace from each other, while requests append to it. */
async function play(seed: number): Promise<{ database: ModelDatabase; requests: Request[] }> {
  const scheduler = new Scheduler(seededRandom(seed));
  const database = new ModelDatabase();
  const requests: Request[] = [];
  let podCount = 0;
  const newPod = () => new ModelPod(`pod-${podCount++}`, database, scheduler);
  const pods = [newPod(), newPod(), newPod()];
  const actions = 6 + Math.floor(scheduler.random() * 10);
  for (let action = 0; action < actions; action += 1) {
    const at = Math.floor(scheduler.random() * pods.length);
    const pod = pods[at];
    if (!pod) continue;
    if (scheduler.chance(0.1)) {
      pod.crash();
      pods[at] = newPod();
    } else if (scheduler.chance(0.1)) {
      void pod.holder.unload("w", "idle").catch(() => undefined);
    } else if (scheduler.chance(0.1)) {
      void pod.holder.heartbeat().catch(() => undefined);
    } else {
      const after = requests.filter(({ acknowledged }) => acknowledged).map(({ entry }) => entry);
      const request: Request = { entry: `e${action}`, acknowledged: false, after };
      requests.push(request);
      const key = scheduler.chance(0.5) ? `k${action}` : undefined;
      void pod.append(request.entry, key).then((acknowledged) => {
        request.acknowledged = acknowledged;
      });
    }
    for (let steps = Math.floor(scheduler.random() * 8); steps > 0; steps -= 1) await scheduler.step();
  }
  await scheduler.run();
  return { database, requests };
}

/** The problems at the end of a schedule. */
function faults(database: ModelDatabase, requests: readonly Request[]): string[] {
  const { heap } = database;
  const wrong: string[] = [];
  for (const { entry, acknowledged, after } of requests) {
    const times = heap.filter((other) => other === entry).length;
    if (times > 1) wrong.push(`${entry} took effect ${times} times`);
    if (acknowledged && times === 0) wrong.push(`${entry} was acknowledged and is lost`);
    for (const earlier of times > 0 ? after : [])
      if (heap.indexOf(earlier) > heap.indexOf(entry)) wrong.push(`${entry} came before ${earlier}`);
  }
  return wrong;
}

test(`C7 A61: in ${SCHEDULES} schedules with crashes, losses, repetitions and any order, nothing acknowledged is lost or doubled`, async () => {
  let acknowledged = 0;
  let takeovers = 0;
  await playAll(SCHEDULES, play, ({ database, requests }, seed) => {
    expect({ seed, faults: faults(database, requests) }).toEqual({ seed, faults: [] });
    acknowledged += requests.filter((request) => request.acknowledged).length;
    takeovers += database.ownersByEpoch.size;
  });
  // The schedules must not be so bad that nothing succeeds.
  expect(acknowledged).toBeGreaterThan(SCHEDULES * 2);
  expect(takeovers).toBeGreaterThan(SCHEDULES * 2);
});

test("the model finds a database that does not check the epoch", async () => {
  const original = ModelDatabase.prototype.write;
  const spy = jest.spyOn(ModelDatabase.prototype, "write").mockImplementation(function (
    this: ModelDatabase,
    pod,
    writes,
  ) {
    const unchecked = writes.map((write) => ({ ...write, epoch: this.epoch, baseSeq: this.heapSeq }));
    return original.call(this, this.owner ?? pod, unchecked);
  });
  const found: string[] = [];
  for (let seed = 1; seed <= 200 && found.length === 0; seed += 1) {
    const { database, requests } = await play(seed);
    found.push(...faults(database, requests));
  }
  spy.mockRestore();
  expect(found).not.toEqual([]);
});
