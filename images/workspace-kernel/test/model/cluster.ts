import { createLogger, createRegistry, ServiceError } from "@nexus/service";
import { createKernelMetrics } from "../../src/metrics";
import type { TaskCaller } from "../../src/sandbox/job";
import { failedOutcome, type Task } from "../../src/sandbox/messages";
import { TenantUsage } from "../../src/sandbox/tenant-usage";
import { CommitQueue } from "../../src/store/commit-queue";
import { WriteBudget } from "../../src/store/write-budget";
import type { WorkspaceWrite } from "../../src/store/commit-store";
import type { WorkspaceRow } from "../../src/store/workspace-store";
import { WorkspaceHolder, type HolderOptions } from "../../src/workspaces/holder";
import { WorkspaceHub } from "../../src/workspaces/hub";
import { NotHeldError } from "../../src/workspaces/held";
import type { Scheduler } from "./scheduler";

const ID = "w";
const TENANT = "t";
const metrics = createKernelMetrics(createRegistry("model"));
const log = createLogger({ service: "model", destination: { write: () => undefined } });

const encode = (entries: readonly string[]) => new TextEncoder().encode(JSON.stringify(entries));
const decode = (bytes: Uint8Array | undefined) =>
  bytes?.length ? (JSON.parse(new TextDecoder().decode(bytes)) as string[]) : [];

/** The statements of the stores on one workspace, each one atomic as it is in PostgreSQL. */
export class ModelDatabase {
  epoch = 1;
  owner: string | null = null;
  heapSeq = 0;
  /** The content of the workspace: the names of all executions that took effect, in order. */
  heap: readonly string[] = [];
  readonly answers = new Map<string, unknown>();
  readonly ownersByEpoch = new Map<number, string>();

  row(): WorkspaceRow {
    const { epoch, owner } = this;
    return { id: ID, tenantId: TENANT, epoch, ownerPod: owner, stopReason: null, keepAliveMs: 0 } as WorkspaceRow;
  }

  claim(pod: string, epoch: number): WorkspaceRow | undefined {
    if (this.epoch !== epoch) return undefined;
    this.epoch += 1;
    this.owner = pod;
    this.ownersByEpoch.set(this.epoch, pod);
    return this.row();
  }

  release(epoch: number): boolean {
    if (this.epoch !== epoch) return false;
    this.epoch += 1;
    this.owner = null;
    return true;
  }

  write(pod: string, writes: readonly WorkspaceWrite[]): Set<string> {
    const written = new Set<string>();
    for (const { id, epoch, baseSeq, change, answer } of writes) {
      if (this.epoch !== epoch || this.owner !== pod || this.heapSeq !== baseSeq) continue;
      if (change) [this.heapSeq, this.heap] = [baseSeq + 1, decode(change.segment)];
      if (answer) this.answers.set(answer.key.key, answer.answer);
      written.add(id);
    }
    return written;
  }
}

class Disconnected extends Error {
  readonly code = "ECONNRESET";
}

/** A pod: the real holder and group commit, with a network to the database that delays, loses and repeats messages. */
export class ModelPod {
  readonly holder: WorkspaceHolder;
  private isDown = false;

  constructor(
    readonly name: string,
    private readonly database: ModelDatabase,
    private readonly scheduler: Scheduler,
  ) {
    const ask = <T>(statement: () => T) => this.ask(statement);
    const loaded = new Map<string, string[]>();
    let disposals = 0;
    const options = {
      stores: {
        workspaces: {
          claim: (_id: string, epoch: number) => ask(() => database.claim(name, epoch)),
          release: (_id: string, epoch: number) => ask(() => database.release(epoch)),
          renew: (held: { id: string; epoch: number }[]) =>
            ask(() => new Set(held.filter(({ epoch }) => epoch === database.epoch).map(({ id }) => id))),
        },
        pods: { heartbeat: async () => undefined, remove: async () => undefined },
        images: {
          load: (_id: string, epoch: number) =>
            ask(() => {
              const data = { state: {}, panels: {}, streamSeq: 0 };
              const image = { segments: [encode(database.heap)], memoryBytes: 0, data, incompatible: false };
              return epoch === database.epoch ? { ...image, heapSeq: database.heapSeq } : undefined;
            }),
        },
        idempotency: {
          find: ({ key }: { key: string }) => ask(() => database.answers.get(key)),
        },
      },
      commits: new CommitQueue({
        write: (writes) => ask(() => database.write(name, writes)),
        budget: new WriteBudget(Number.POSITIVE_INFINITY),
      }),
      pool: {
        usage: new TenantUsage(),
        rest: () => undefined,
        dispose: (id: string) => {
          disposals += 1;
          loaded.delete(id);
        },
        run: async (id: string, task: Task, { load }: TaskCaller) => {
          const before = disposals;
          const image = loaded.has(id) ? undefined : await load();
          await scheduler.turn();
          // As if a worker were told to dispose of a workspace while it runs: the result belongs to no instance any
          // more.
          if (disposals !== before) return { type: "lost", ranMs: 0 };
          if (scheduler.chance(0.05)) {
            loaded.delete(id);
            return { type: "lost", ranMs: 0 };
          }
          const heap = [...(loaded.get(id) ?? decode(image?.segments[0])), task.kind === "cell" ? task.code : ""];
          loaded.set(id, heap);
          const outcome = { ...failedOutcome({} as never, 0, false), error: undefined, result: heap.length };
          const change = { segment: encode(heap), full: true, memoryBytes: 0, entries: [] };
          return { type: "done", outcome, change, resumeMs: 0, ranMs: 0 };
        },
      },
      hub: new WorkspaceHub(),
      metrics,
      log,
      capacity: 10,
      idleTimeoutMs: 1e9,
      leaseMs: 1e9,
    };
    this.holder = new WorkspaceHolder(options as unknown as HolderOptions);
  }

  /** Ends at once: statements under way may still arrive, but nobody receives their answers. */
  crash(): void {
    this.isDown = true;
  }

  /** Makes a request on this pod; returns whether it was acknowledged. */
  async append(entry: string, key: string | undefined): Promise<boolean> {
    for (let attempt = 0; attempt < 4 && !this.isDown; attempt += 1) {
      try {
        if (!this.holder.has(ID)) {
          // The worst case: the present owner is believed dead.
          const row = await this.ask(() => this.database.row());
          await this.holder.claim(row);
        }
        const idempotency = key === undefined ? undefined : { scope: ID, key, requestHash: entry };
        const { body } = await this.holder.execute(ID, async () => ({ kind: "cell", code: entry }), idempotency);
        return !this.isDown && !(body as { rolledBack: boolean }).rolledBack;
      } catch (error) {
        const unclear = error instanceof ServiceError && error.code === "commit_failed";
        // Without a key, a change that may have happened must not be repeated.
        if (unclear && key === undefined) return false;
        if (!unclear && !(error instanceof NotHeldError || error instanceof Disconnected)) throw error;
      }
    }
    return false;
  }

  /** One statement: it arrives late or never, may arrive twice, and its answer may be lost. */
  private async ask<T>(statement: () => T): Promise<T> {
    const { scheduler } = this;
    await scheduler.turn();
    if (scheduler.chance(0.03)) throw new Disconnected("lost on the way");
    const result = statement();
    if (scheduler.chance(0.05)) void scheduler.turn().then(statement);
    await scheduler.turn();
    if (this.isDown) return await new Promise<never>(() => undefined);
    if (scheduler.chance(0.03)) throw new Disconnected("the answer was lost");
    return result;
  }
}
