import {
  applyDeployment,
  type ClusterObject,
  ConnectionError,
  type ObjectOutcome,
  removeDeployment,
} from "@nexus/clusters";
import { type Logger, ServiceError } from "@nexus/service";
import { type ClaimedRevision, LeaseLost, type RevisionQueue } from "../store/revision-queue";
import type { ClusterAccess, Connection } from "./cluster-access";
import type { SealedBox } from "./sealed-box";

export interface RolloutRunnerOptions {
  readonly queue: RevisionQueue;
  readonly clusters: ClusterAccess;
  readonly box: SealedBox;
  readonly log: Logger;
  /** How often revisions are looked for that other pods left. */
  readonly pollMs: number;
}

/** This pod ends. */
class Stopped extends Error {}

/** Revisions that one pod applies at a time. */
const AT_ONCE = 4;
const MOST_ATTEMPTS = 6;

/** Brings revisions to clusters: those of this pod at once, and those that another one left. */
export class RolloutRunner {
  private readonly timer: NodeJS.Timeout;
  private readonly running = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly options: RolloutRunnerOptions) {
    this.timer = setInterval(() => this.wake(), options.pollMs).unref();
    this.wake();
  }

  /** Looks for work now. */
  wake(): void {
    if (this.closed || this.running.size >= AT_ONCE) return;
    const work = this.work().catch((error: unknown) => {
      this.options.log.warn({ error }, "revisions of deployments are not applied");
    });
    const done = work.finally(() => this.running.delete(done));
    this.running.add(done);
  }

  /** Ends after the objects that are being applied. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await Promise.all(this.running);
  }

  private async work(): Promise<void> {
    while (!this.closed) {
      const claimed = await this.options.queue.claim();
      if (!claimed) return;
      // There may be more for somebody else meanwhile.
      this.wake();
      await this.run(claimed);
    }
  }

  private async run(claimed: ClaimedRevision): Promise<void> {
    const { queue, clusters, log } = this.options;
    const { tenantId, clusterId, deploymentId, revision, act } = claimed;
    const about = { tenantId, clusterId, deploymentId, revision };
    const outcomes: ObjectOutcome[] = [];
    try {
      const isEmpty = await clusters.with(tenantId, clusterId, async (connection) => {
        for await (const outcome of this.outcomes(claimed, connection)) {
          outcomes.push(outcome);
          await queue.progress(claimed, outcomes.length);
          if (this.closed) throw new Stopped();
        }
        return act === "remove" && claimed.own && !(await hasVolumes(connection, claimed.namespace));
      });
      const refused = outcomes.find(({ result }) => result === "refused");
      if (refused) {
        await queue.failed(claimed, `${refused.id.kind} ${refused.id.name}: ${refused.message ?? ""}`, outcomes);
        log.info({ ...about, act }, "revision refused");
      } else {
        await (act === "remove" ? queue.removed(claimed, isEmpty) : queue.applied(claimed, outcomes));
        log.info({ ...about, act }, "revision applied");
      }
    } catch (error) {
      if (error instanceof LeaseLost) return;
      // Another pod goes on at once; what was applied is applied again, which changes nothing.
      if (error instanceof Stopped) return await queue.again(claimed, null, 0);
      await this.failed(claimed, outcomes, error);
      log.warn({ ...about, error }, "revision not applied");
    }
  }

  private outcomes(claimed: ClaimedRevision, { client }: Connection): AsyncGenerator<ObjectOutcome> {
    const { deploymentId, previous, force, withVolumes, act } = claimed;
    if (act === "remove") return removeDeployment(client, { deploymentId, previous, withVolumes });
    const objects = this.options.box.open<ClusterObject[]>(claimed, claimed);
    return applyDeployment(client, { deploymentId, objects, previous, force });
  }

  /** A cluster that does not answer is asked again for some minutes; everything else will not get better. */
  private async failed(claimed: ClaimedRevision, outcomes: readonly ObjectOutcome[], error: unknown): Promise<void> {
    const { queue } = this.options;
    const isSilent = error instanceof ConnectionError;
    const what = isSilent || error instanceof ServiceError ? (error as Error).message : "it cannot be applied";
    const far = outcomes.length === 0 ? "" : `, after ${outcomes.length} objects`;
    const reason = isSilent ? `The cluster cannot be used: ${what}${far}` : `${what}${far}`;
    if (isSilent && claimed.attempts < MOST_ATTEMPTS) await queue.again(claimed, reason, 2 ** claimed.attempts);
    else await queue.failed(claimed, reason, outcomes);
  }
}

/** Whether there are volumes that stay. Those that are being deleted cannot be mounted any more. */
async function hasVolumes({ client }: Connection, namespace: string): Promise<boolean> {
  const claims = client.list({ apiVersion: "v1", kind: "PersistentVolumeClaim", namespace }, "");
  for await (const { metadata } of claims) if (!("deletionTimestamp" in metadata)) return true;
  return false;
}
