import { Scope, type QuickJSContext, type QuickJSHandle } from "quickjs-emscripten-core";
import { Deadline } from "./deadline";
import { addressesOf, bootEngine, boundedMemory, type Engine, type EngineHost, type StartedEngine } from "./engine";
import { CellError, timeoutError, timerError, transformCell, transformSource } from "./transform";
import { EngineCalls } from "./engine-calls";
import { HeapTracker, type HeapTemplate } from "./heap-image";
import { answer, HostBridge } from "./host-bridge";
import {
  type ExecutionError,
  type ExecutionErrorCode,
  type ExecutionOutcome,
  failedOutcome,
  type HostCallAnswer,
  type InstanceTask,
  type SandboxLimits,
  type Wait,
  type WorkspaceChange,
  type WorkspaceImage,
} from "./messages";
import { NO_VALUE, type Value } from "./output";

/** Where an execution is: over, or waiting for the host to settle calls, or for its next timer. */
export type Step = { readonly outcome: ExecutionOutcome } | Wait;

interface Run {
  readonly startedAt: number;
  /** Running time of earlier steps, and time that it waited only for timers. Waiting for the host does not count. */
  activeMs: number;
  completion: QuickJSHandle | undefined;
  /** What the script completes with: the value itself, a promise of it, or a promise of a box that holds it. */
  form: "value" | "promised" | "boxed";
}

/** How long the clean-up after an interruption may take, so that the workspace can continue. */
const RECOVERY_MS = 100;

/** One workspace: its own QuickJS engine in its own WebAssembly memory. */
export class SandboxInstance {
  private run: Run = { startedAt: 0, activeMs: 0, completion: undefined, form: "value" };
  private tracker: HeapTracker | undefined;
  private deadline: Deadline | undefined;
  private interrupted = false;

  static async create(
    wasmModule: WebAssembly.Module,
    limits: SandboxLimits,
    { memoryBytes = 0, started }: { readonly memoryBytes?: number; readonly started?: StartedEngine } = {},
  ): Promise<SandboxInstance> {
    const bridge = new HostBridge();
    const interrupt = { isDue: () => false };
    const host: EngineHost = {
      logLeft: () => bridge.logs.left,
      log: (level, message) => bridge.logs.add(level, message),
      indent: (change) => bridge.logs.indent(change),
      call: (operation, name, value) => answer(() => bridge.call(operation, name, value)),
      start: (call, kind, request) => answer(() => bridge.start(call, kind, request) ?? null),
      cancel: (call) => bridge.calls.cancel(call),
      timer: (timer, ms, isIdle) => {
        if (ms !== undefined) return bridge.timers.set(timer, ms, isIdle);
        bridge.timers.clear(timer);
        return true;
      },
      isInterrupted: () => interrupt.isDue(),
    };
    const engine = await bootEngine(wasmModule, boundedMemory(limits.memoryBytes, memoryBytes), host, started);
    const instance = new SandboxInstance(engine, bridge, limits);
    interrupt.isDue = () => instance.isInterrupted();
    return instance;
  }

  private readonly calls: EngineCalls;

  private constructor(
    private readonly engine: Engine,
    private readonly bridge: HostBridge,
    private readonly limits: SandboxLimits,
  ) {
    this.calls = new EngineCalls(engine, limits, () => this.interrupted);
  }

  get memory(): WebAssembly.Memory {
    return this.engine.memory;
  }

  /** Memory that the instance uses of the machine. WebAssembly memory grows and never shrinks. */
  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** A copy source for new instances, taken before any code ran in this one. */
  asStarted(template: HeapTemplate): StartedEngine {
    return { fill: (memory) => template.fill(memory), api: addressesOf(this.engine.api) };
  }

  /** Loads the workspace of the image into a fresh instance. */
  load(template: HeapTemplate, { segments, data }: WorkspaceImage): void {
    this.tracker = new HeapTracker(template, this.memory);
    if (segments.length > 0) this.tracker.restore(segments);
    this.bridge.load(data);
  }

  /** What changed since the last call. Only valid while nothing runs. */
  takeChange(): WorkspaceChange | Promise<WorkspaceChange> {
    if (!this.tracker) throw new Error("an instance that was not loaded has no changes");
    const { segment, full } = this.tracker.takeChange();
    const rest = { full, memoryBytes: this.memoryBytes, ...this.bridge.takeChange() };
    return segment instanceof Promise ? segment.then((packed) => ({ segment: packed, ...rest })) : { segment, ...rest };
  }

  /** Runs a task until it ends or has to wait. Never throws. */
  begin(task: InstanceTask): Step {
    this.engine.memory.isExhausted = false;
    this.bridge.begin(task.kind === "handler" ? task.capabilities : undefined);
    this.run = { startedAt: performance.now(), activeMs: 0, completion: undefined, form: "promised" };
    return this.step(() => {
      if (task.kind === "handler") {
        this.run.completion = this.calls.invoke(task);
      } else {
        const transform = (code: string, deadline: Deadline) => transformCell(code, deadline, task.files);
        const cell = transformSource(transform, task.code, this.limits.timeoutMs);
        for (const { name, script } of cell.modules) this.calls.evaluate(script, name).dispose();
        this.run.form = cell.isAsync ? "boxed" : "value";
        this.run.completion = this.calls.evaluate(cell.code, "cell.js");
      }
    });
  }

  /** Continues the task with the answer to a call. */
  settle(call: number, answerOf: HostCallAnswer): Step {
    return this.step(() => {
      const given = this.bridge.close(call, answerOf);
      if (given) this.calls.settle(call, given);
    });
  }

  private get context(): QuickJSContext {
    return this.engine.context;
  }

  private isInterrupted(): boolean {
    this.interrupted ||= this.deadline?.isOver === true;
    return this.interrupted;
  }

  private step(work: () => void): Step {
    const startedAt = performance.now();
    this.interrupted = false;
    this.deadline = new Deadline(this.limits.timeoutMs - this.run.activeMs);
    try {
      work();
      this.drainJobs();
      this.fireTimers();
      this.run.activeMs += performance.now() - startedAt;
      if (this.isWaiting) return this.pause();
      return this.end(this.value(), undefined);
    } catch (thrown) {
      if (!(thrown instanceof CellError)) return this.crashed(thrown);
      const { error } = thrown;
      return this.end({ ...NO_VALUE, display: `${error.name}: ${error.message}` }, error);
    }
  }

  private fireTimers(): void {
    const { timers } = this.bridge;
    for (let timer = timers.takeDue(); timer !== undefined; timer = timers.takeDue()) {
      if (this.isInterrupted()) throw timeoutError(this.limits.timeoutMs);
      this.calls.fire(timer);
      this.drainJobs();
    }
  }

  private get isWaiting(): boolean {
    const { calls, timers } = this.bridge;
    if (calls.openCalls.length > 0 || timers.isActive) return true;
    const { completion, form } = this.run;
    return !timers.isEmpty && form !== "value" && completion !== undefined && this.calls.isPending(completion);
  }

  private pause(): Step {
    const { calls, timers } = this.bridge;
    const { openCalls } = calls;
    const waitMs = timers.nextMs;
    // Nothing else happens before the timer, so it is known now whether it is too late.
    if (openCalls.length === 0) this.run.activeMs += waitMs ?? 0;
    if (openCalls.length === 0 && this.run.activeMs > this.limits.timeoutMs) throw timerError(this.limits.timeoutMs);
    return { calls: calls.takeStarted(), cancelled: calls.takeCancelled(), waitMs };
  }

  private value(): Value {
    const { completion, form } = this.run;
    if (!completion) return NO_VALUE;
    return Scope.withScope((scope) => {
      const value = form === "value" ? completion : this.calls.settled(scope, completion);
      return this.calls.describe(value, form === "boxed");
    });
  }

  private end(value: Value, error: ExecutionError | undefined): Step {
    const { completion, startedAt } = this.run;
    let reset: boolean;
    try {
      completion?.dispose();
      reset = error !== undefined && !this.recovers(error.code);
      this.endTimers();
    } catch (thrown) {
      return this.crashed(thrown);
    }
    const { lines, truncated, dropped } = this.bridge.logs;
    return {
      outcome: {
        ...value,
        truncated: value.truncated || truncated,
        logs: lines,
        droppedLogLines: dropped,
        durationMs: performance.now() - startedAt,
        memoryBytes: this.memoryBytes,
        hostCalls: this.bridge.used,
        ...(error ? { error } : {}),
        reset,
      },
    };
  }

  /** Runs promise reactions until none is left. */
  private drainJobs(): void {
    const { runtime } = this.context;
    while (runtime.hasPendingJob()) {
      // In batches, with the clock checked between them: a promise hides the interruption of its reaction, so an
      // endless chain would not stop.
      const { error } = runtime.executePendingJobs(100);
      if (this.isInterrupted()) {
        error?.dispose();
        throw timeoutError(this.limits.timeoutMs);
      }
      if (error) throw error.consume((thrown) => this.calls.cellError(thrown));
    }
  }

  /** What timers would call is not kept. */
  private endTimers(): void {
    if (this.bridge.timers.isEmpty) return;
    this.bridge.timers.clearAll();
    this.interrupted = false;
    this.calls.fire(0);
  }

  /** Stops everything that still runs in the workspace after an error; false if the workspace cannot continue. */
  private recovers(code: ExecutionErrorCode): boolean {
    const deadline = (this.deadline = new Deadline(RECOVERY_MS));
    this.interrupted = false;
    const cancelled = JSON.stringify({ name: "AbortError", message: "the execution ended before the answer came" });
    for (const call of this.bridge.calls.openCalls) {
      this.bridge.calls.close(call);
      this.calls.settle(call, { error: cancelled });
    }
    // Remaining reactions would run in the next execution. A second interruption ends an endless chain.
    this.interrupted = code === "timeout";
    const { runtime } = this.context;
    while (runtime.hasPendingJob() && !deadline.isOver) runtime.executePendingJobs(100).error?.dispose();
    return !runtime.hasPendingJob() && (code !== "memory_limit" || this.stillWorks());
  }

  /** A workspace over its memory limit keeps its variables if it can still run code that frees memory. */
  private stillWorks(): boolean {
    this.interrupted = false;
    const result = this.context.evalCode("void ({}, [0])", "check.js", { type: "global" });
    (result.error ?? result.value).dispose();
    return !result.error;
  }

  /** The engine itself failed, so its memory can no longer be trusted. */
  private crashed(thrown: unknown): Step {
    const message = `The sandbox failed (${thrown instanceof Error ? thrown.message : "unknown"})`;
    const error: ExecutionError = this.engine.memory.isExhausted
      ? this.calls.memoryLimit
      : { code: "sandbox_crashed", name: "SandboxError", message, stack: "" };
    return { outcome: failedOutcome(error, performance.now() - this.run.startedAt, true) };
  }
}
