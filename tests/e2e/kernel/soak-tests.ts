import { randomInt } from "node:crypto";
import { waitFor } from "@nexus/host";
import { Account, createWorkspaces } from "./account";
import { KERNEL_PODS, kernelPods, readyKernelPods } from "./deployment";
import { report, spread } from "./figures";
import { kill, type WayToDie } from "./kills";
import { claimedEpochs, claimsSince, heldBy, sharedEpochs, staleWrites, takeoversInLog } from "./ownership";
import { failuresOf, Writer } from "./writer";

const MINUTE = 60_000;
/** Time from the death of a pod's process to the first write that its successor acknowledges. */
const TAKEOVER_MS = 10_000;

/** `npm test -- --soak` runs the full length. */
const measure = process.env.NEXUS_TEST_SOAK
  ? { workspaces: 150, kills: 30, intervalMs: 1000, minutes: 40 }
  : { workspaces: 40, kills: 4, intervalMs: 500, minutes: 8 };

interface Kill {
  /** The time at which the pod's process was gone. */
  readonly at: number;
  /** The last time at which it was still untouched. */
  readonly before: number;
  /** Epochs of the workspaces that the pod held. */
  readonly held: ReadonlyMap<string, number>;
}

/**
 * For each workspace of a killed pod, the milliseconds until the next owner acknowledged a write; undefined if it never
 * did.
 */
async function takeovers(
  { at, before, held }: Kill,
  writers: ReadonlyMap<string, Writer>,
): Promise<Map<string, number>> {
  const served = new Map<string, number>();
  for (const claim of await claimsSince(before)) {
    if (claim.epoch <= (held.get(claim.id) ?? Number.POSITIVE_INFINITY) || served.has(claim.id)) continue;
    const acknowledged = writers.get(claim.id)?.acknowledgedSince(claim.at);
    if (acknowledged !== undefined) served.set(claim.id, Math.max(0, acknowledged - at));
  }
  return served;
}

/** One of the pods that hold workspaces, with their epochs; a second pod is ready to take them. */
async function chooseVictim(): Promise<{ readonly victim: string; readonly held: ReadonlyMap<string, number> }> {
  return waitFor("A pod that holds workspaces", 60, async () => {
    const pods = await readyKernelPods(KERNEL_PODS - 1);
    const victim = pods[randomInt(pods.length)]?.name ?? "";
    const held = await heldBy(victim);
    return held.size > 0 ? { victim, held } : undefined;
  });
}

/** Removes one pod and waits until every workspace that it held is written to again. */
async function killOne(way: WayToDie, writers: ReadonlyMap<string, Writer>, logged: string[]) {
  const { victim, held } = await chooseVictim();
  logged.push(...(await takeoversInLog(victim)));
  const own = [...held].filter(([id]) => writers.has(id));
  const before = Date.now();
  const killed: Kill = { before, at: await kill(way, victim), held: new Map(own) };
  return waitFor(`Takeover of the ${own.length} workspaces of ${victim}, which was ${way}`, 60, async () => {
    const served = await takeovers(killed, writers);
    if (served.size < own.length) throw new Error(`${served.size} of ${own.length}`);
    return [...served.values()];
  });
}

/** Pods die while clients write to workspaces. */
export function soakTests(): void {
  test(
    `A12 D31: ${measure.workspaces} workspaces that are written to outlive ${measure.kills} kernel pods killed at random: taken over in 10 s, one owner an epoch, no acknowledged write lost, none carried out twice`,
    async () => {
      const account = await Account.signUp();
      const ids = await createWorkspaces(account, measure.workspaces, "soak");
      const writers = new Map(ids.map((id) => [id, new Writer(account, id, measure.intervalMs)]));
      const all = [...writers.values()];
      await Promise.all(all.map((writer) => writer.start()));
      await waitFor("A first write to every workspace", 60, async () =>
        all.every(({ acknowledged }) => acknowledged > 0) ? true : undefined,
      );

      const times: Record<WayToDie, number[]> = { deleted: [], killed: [] };
      const logged: string[] = [];
      for (let count = 0; count < measure.kills; count += 1) {
        const way = count % 2 === 0 ? "killed" : "deleted";
        times[way].push(...(await killOne(way, writers, logged)));
        expect(all.flatMap(({ contradictions }) => contradictions)).toEqual([]);
      }
      await Promise.all(all.map((writer) => writer.stop()));

      const journals = await Promise.all(all.map((writer) => writer.journal()));
      const lost = all.flatMap(({ acknowledged }, index) =>
        Array.from({ length: acknowledged }, (_, at) => at + 1).filter((one) => !journals[index]?.includes(one)),
      );
      const doubled = journals.flatMap((journal) => journal.filter((one, at) => journal.indexOf(one) !== at));
      report("Kernel pods killed under load", {
        workspaces: ids.length,
        kills: measure.kills,
        takeoverMs: { afterKill: spread(times.killed), afterDelete: spread(times.deleted) },
        acknowledged: all.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
        lost: lost.length,
        doubled: doubled.length,
        triedAgain: failuresOf(all),
      });
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
      expect(journals).toEqual(all.map(({ acknowledged }) => Array.from({ length: acknowledged }, (_, at) => at + 1)));
      expect(await sharedEpochs()).toEqual([]);
      expect(await staleWrites()).toEqual([]);
      for (const { name } of await kernelPods())
        logged.push(...(await takeoversInLog(name)), ...(await takeoversInLog(name, "--previous")));
      const claimed = claimedEpochs(logged);
      expect(claimed.length).toBeGreaterThan(0);
      expect(new Set(claimed).size).toBe(claimed.length);
      expect(Math.max(...times.killed, ...times.deleted)).toBeLessThanOrEqual(TAKEOVER_MS);
    },
    measure.minutes * MINUTE,
  );
}
