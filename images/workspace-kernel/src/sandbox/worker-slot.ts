import { FairQueue } from "./fair-queue";
import { FetchAhead } from "./fetch-ahead";
import { call, doneOf, type EndReason, endOf, type Job, takesInstance, wakeAfter } from "./job";
import type { WorkerReply } from "./messages";
import { Restarts } from "./restarts";
import type { Item, WorkerSlotOptions } from "./slot-options";
import type { SandboxThread } from "./thread";
import { Turn } from "./turn";

/** One worker thread and the jobs that wait for it. A thread that hangs or dies is replaced; the waiting jobs stay. */
export class WorkerSlot {
  /** Ids of the workspaces that have an instance in this thread. */
  readonly loaded = new Set<string>();
  private readonly jobs = new Map<number, Job>();
  private readonly queue: FairQueue<Item>;
  private thread: SandboxThread | undefined;
  private turn: Turn | undefined;
  private spares = 0;
  private warming = false;
  private closed = false;
  private readonly restarts = new Restarts();
  private readonly images: FetchAhead;

  /** @param leaving the thread of another slot; this slot ends with it and calls `onEmpty` after its last job */
  constructor(
    private readonly options: WorkerSlotOptions,
    private readonly leaving?: { readonly thread: SandboxThread; readonly onEmpty: () => void },
  ) {
    const queue = (this.queue = new FairQueue(options.usage));
    const isLoaded = (workspaceId: string) => this.loaded.has(workspaceId);
    const onEnd = () => this.next();
    this.images = new FetchAhead({ ...options, jobs: this.jobs, queue, isLoaded, onEnd });
    this.thread = this.start(leaving?.thread);
  }

  get spareInstances(): number {
    return this.spares;
  }

  /** Jobs that run or wait here. */
  get load(): number {
    return this.jobs.size;
  }

  /** The tenant whose code has run, or waited for the host, longest here. */
  get tenantId(): string | undefined {
    const [first] = this.jobs.values();
    return (this.turn?.job ?? first)?.caller.tenantId;
  }

  /** Whether code runs here now. */
  get isBusy(): boolean {
    return this.turn !== undefined;
  }

  has(workspaceId: string): boolean {
    return this.loaded.has(workspaceId) || this.jobsOf(workspaceId).length > 0;
  }

  place(job: Job): void {
    this.take(job);
    this.enqueue({ job });
  }

  /** Takes out the jobs of a tenant that have not begun. */
  withdraw(tenantId: string): Job[] {
    const taken = this.queue.take(({ job, settle }) => !settle && job.caller.tenantId === tenantId);
    for (const { job } of taken) this.jobs.delete(job.id);
    return taken.map(({ job }) => job);
  }

  /** Frees the instance. Its task ends as lost, even if it runs; the worker's later answer is ignored. */
  dispose(workspaceId: string): void {
    this.queue.take(({ job }) => job.workspaceId === workspaceId);
    for (const job of this.jobsOf(workspaceId)) this.lose(job);
    this.unload(workspaceId);
    this.endIfEmpty();
    // Others of its tenant may have waited for its image.
    this.next();
  }

  /** Frees the instance of a workspace in which nothing runs; a job that waits for it begins from its image. */
  unload(workspaceId: string): void {
    this.options.memory.free(workspaceId);
    if (this.loaded.delete(workspaceId)) this.thread?.send({ type: "dispose", workspaceId });
  }

  /** Starts the next job that can run now. */
  next(): void {
    const { thread, options } = this;
    if (this.closed) return;
    this.images.start();
    if (this.turn || !thread?.isReady) return;
    const item = this.queue.shift((one) => {
      return !this.images.needsImage(one) && (!takesInstance(one.job) || options.admit(one.job));
    });
    if (!item) return this.warm();
    const { job, settle } = item;
    const { id, workspaceId, task, image } = job;
    if (image && this.spares > 0) this.spares -= 1;
    [job.begun, job.image, job.resumed] = [true, undefined, job.resumed || image !== undefined];
    if (takesInstance(job)) this.loaded.add(workspaceId);
    this.watch(new Turn(job, thread, options.usage));
    thread.send(
      settle ? { type: "settle", id, workspaceId, ...settle } : { type: "run", id, workspaceId, task, image },
    );
  }

  /**
   * Moves the thread, with the code that runs and all jobs that began in it, to a separate slot. The waiting jobs stay
   * here and get a new thread.
   * @param onEmpty called after the last job of the separate slot
   */
  detach(onEmpty: () => void): WorkerSlot {
    const { thread, turn } = this;
    if (!thread || !turn) throw new Error("only a thread that is busy is left");
    this.turn = undefined;
    const apart = new WorkerSlot({ ...this.options, spares: 0 }, { thread, onEmpty });
    for (const job of [...this.jobs.values()].filter(({ begun }) => begun)) {
      this.jobs.delete(job.id);
      apart.take(job);
      if (this.loaded.delete(job.workspaceId)) apart.loaded.add(job.workspaceId);
    }
    for (const item of this.queue.take(({ job }) => job.begun)) apart.queue.push(item.job.caller.tenantId, item);
    apart.watch(turn);
    this.forgetThread();
    this.thread = this.start();
    this.next();
    return apart;
  }

  /** Ends the thread and the code in it. Jobs that have not called the host begin again. */
  stop(reason: EndReason): void {
    const { thread, turn } = this;
    if (this.closed || !thread) return;
    void thread.terminate();
    this.leave(turn?.job.id);
    this.queue.take(({ settle }) => settle !== undefined);
    const begun = [...this.jobs.values()].filter((job) => job.begun);
    for (const job of begun) this.jobs.delete(job.id);
    const lost = [...this.loaded];
    this.forgetThread();
    if (!this.leaving) this.revive(reason === "crash", turn !== undefined);
    this.options.onLost(lost, reason, turn?.job);
    this.endIfEmpty();
    for (const job of begun) {
      const isCulprit = job === turn?.job;
      if (job.waitingSince === undefined && !(isCulprit && reason !== "crowded")) this.again(job);
      else job.resolve(isCulprit ? endOf(reason, job.ranMs) : { type: "lost", ranMs: job.ranMs });
    }
  }

  /** Ends a separate slot after its last job. */
  endIfEmpty(): void {
    if (!this.leaving || this.closed || this.jobs.size > 0) return;
    void this.close();
    this.leaving.onEmpty();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.leave(this.turn?.job.id);
    this.restarts.cancel();
    for (const job of [...this.jobs.values()]) this.lose(job);
    await this.thread?.terminate();
  }

  private start(thread = this.options.takeThread()): SandboxThread {
    if (!this.isQuick) thread.lowerPriority();
    thread.attach(
      (message) => {
        if (thread === this.thread) this.receive(message);
      },
      () => {
        if (thread === this.thread) this.stop("crash");
      },
    );
    return thread;
  }

  private receive(message: WorkerReply): void {
    switch (message.type) {
      case "ready":
        break;
      case "warmed":
        this.warming = false;
        this.spares += 1;
        break;
      case "waiting":
        this.wait(message);
        break;
      case "result": {
        const { id, outcome } = message;
        const job = this.jobs.get(id);
        this.leave(id);
        this.restarts.succeed();
        // The thread ends soon, so the workspace is loaded again in another one.
        if (job && (outcome.reset || this.leaving)) this.unload(job.workspaceId);
        this.jobs.delete(id);
        this.queue.take((item) => item.job.id === id); // An answer that came after its end.
        job?.resolve(doneOf(job, message));
        this.endIfEmpty();
        break;
      }
    }
    this.next();
  }

  private wait({ id, calls, cancelled, waitMs }: Extract<WorkerReply, { type: "waiting" }>): void {
    this.leave(id);
    const job = this.jobs.get(id);
    const isOver = calls.length === 0 && cancelled.length === 0 && waitMs === undefined;
    if (!job || isOver) return this.endIfEmpty();
    wakeAfter(job, waitMs);
    this.options.memory.pause(job.workspaceId);
    call(job, { calls, cancelled });
  }

  private take(job: Job): void {
    this.jobs.set(job.id, job);
    job.settle = (call, answer) => {
      if (this.jobs.has(job.id)) this.enqueue({ job, settle: { call, answer } });
    };
  }

  private enqueue(item: Item): void {
    this.queue.push(item.job.caller.tenantId, item);
    this.checkTurn();
    this.next();
  }

  private watch(turn: Turn): void {
    this.turn = turn;
    turn.limit({
      timeoutMs: this.options.timeoutMs,
      onHard: () => turn === this.turn && this.stop("watchdog"),
      onLong: () => this.checkTurn(),
    });
  }

  private get isQuick(): boolean {
    return this.options.onLong !== undefined && !this.leaving;
  }

  private checkTurn(): void {
    const { turn, options } = this;
    if (!turn?.isLong || this.leaving) return;
    const isGivenUp = !this.jobs.has(turn.job.id);
    if (!options.onLong) {
      if (isGivenUp) this.stop("crowded");
    } else if (isGivenUp || this.queue.hasOther(turn.job.caller.tenantId)) {
      options.onLong();
    }
  }

  /** The thread is free again. */
  private leave(id: number | undefined): void {
    const { turn } = this;
    if (!turn || turn.job.id !== id) return;
    this.turn = undefined;
    turn.job.ranMs += turn.ranMs;
    if (turn.end() || turn.ranMs >= this.options.timeoutMs) this.options.onRanLong(turn.job);
  }

  /** One at a time, and only while nothing else waits, because a start takes milliseconds. */
  private warm(): void {
    if (this.warming || this.spares >= this.options.spares) return;
    this.warming = true;
    this.thread?.send({ type: "warm" });
  }

  private jobsOf(workspaceId: string): Job[] {
    return [...this.jobs.values()].filter((job) => job.workspaceId === workspaceId);
  }

  private lose(job: Job): void {
    this.jobs.delete(job.id);
    job.resolve({ type: "lost", ranMs: job.ranMs + (this.turn?.job === job ? this.turn.ranMs : 0) });
  }

  private again(job: Job): void {
    [job.begun, job.resumed, job.image, job.ranMs] = [false, false, undefined, 0];
    this.options.onPlace(job);
  }

  private forgetThread(): void {
    [this.spares, this.warming] = [0, false];
    for (const workspaceId of this.loaded) this.options.memory.free(workspaceId);
    this.loaded.clear();
    this.thread = undefined;
  }

  private revive(hasDied: boolean, hadTurn: boolean): void {
    this.restarts.again(hasDied, () => {
      this.thread = this.start();
      this.next();
    });
    if (this.restarts.areHopeless && !hadTurn) for (const job of [...this.jobs.values()]) this.lose(job);
  }
}
