import { Scope, type QuickJSContext, type QuickJSHandle } from "quickjs-emscripten-core";
import { Deadline } from "./deadline";
import { addressesOf, bootEngine, boundedMemory, type Engine, type EngineHost, type StartedEngine } from "./engine";
import { CellError, timeoutError, transformCell, transformSource } from "./transform";
import { HeapTracker, type HeapTemplate } from "./heap-image";
import { answer, HostBridge } from "./host-bridge";
import {
  type ExecutionError,
  type ExecutionErrorCode,
  type ExecutionOutcome,
  failedOutcome,
  type HostCall,
  type HostCallAnswer,
  type InstanceTask,
  type SandboxLimits,
  type WorkspaceChange,
  type WorkspaceImage,
} from "./messages";
import { NO_VALUE, toError, toValue, type Value } from "./output";

/** Where an execution is: over, or waiting for the host to settle calls. */
export type Step = { readonly outcome: ExecutionOutcome } | { readonly calls: readonly HostCall[] };

interface Run {
  readonly startedAt: number;
  /** Running time of earlier steps; waiting for the host does not count. */
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
      isInterrupted: () => interrupt.isDue(),
    };
    const engine = await bootEngine(wasmModule, boundedMemory(limits.memoryBytes, memoryBytes), host, started);
    const instance = new SandboxInstance(engine, bridge, limits);
    interrupt.isDue = () => instance.isInterrupted();
    return instance;
  }

  private constructor(
    private readonly engine: Engine,
    private readonly bridge: HostBridge,
    private readonly limits: SandboxLimits,
  ) {}

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
        this.run.completion = this.invoke(task);
      } else {
        const cell = transformSource(transformCell, task.code, this.limits.timeoutMs);
        this.run.form = cell.isAsync ? "boxed" : "value";
        this.run.completion = this.evaluate(cell.code, "cell.js");
      }
    });
  }

  /** Continues the task with the answer to a call. */
  settle(call: number, answerOf: HostCallAnswer): Step {
    return this.step(() => {
      if (this.bridge.close(call)) this.settleInside(call, answerOf);
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
      this.run.activeMs += performance.now() - startedAt;
      if (this.bridge.openCalls.length > 0) return { calls: this.bridge.takeStarted() };
      return this.end(this.value(), undefined);
    } catch (thrown) {
      if (!(thrown instanceof CellError)) return this.crashed(thrown);
      const { error } = thrown;
      return this.end({ ...NO_VALUE, display: `${error.name}: ${error.message}` }, error);
    }
  }

  private value(): Value {
    const { completion, form } = this.run;
    if (!completion) return NO_VALUE;
    return Scope.withScope((scope) => {
      const value = form === "value" ? completion : this.settled(scope, completion);
      return this.describe(value, form === "boxed");
    });
  }

  private end(value: Value, error: ExecutionError | undefined): Step {
    const { completion, startedAt } = this.run;
    let reset: boolean;
    try {
      completion?.dispose();
      reset = error !== undefined && !this.recovers(error.code);
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

  private evaluate(code: string, file: string): QuickJSHandle {
    const evaluated = this.context.evalCode(code, file, { type: "global" });
    if (evaluated.error) throw evaluated.error.consume((error) => this.cellError(error));
    return evaluated.value;
  }

  /** Calls a function of the prelude. */
  private callApi(name: keyof Engine["api"], ...args: QuickJSHandle[]): QuickJSHandle {
    const called = this.context.callFunction(this.engine.api[name], this.context.undefined, ...args);
    if (called.error) throw called.error.consume((error) => this.cellError(error));
    return called.value;
  }

  private invoke({ name, hash, script, input }: Extract<InstanceTask, { kind: "handler" }>): QuickJSHandle {
    return Scope.withScope((scope) => {
      const text = (value: string) => scope.manage(this.context.newString(value));
      const installed = this.context.getString(scope.manage(this.callApi("installed", text(name))));
      if (installed !== hash) {
        const run = scope.manage(this.evaluate(script, `${name}.js`));
        this.callApi("install", text(name), text(hash), run).dispose();
      }
      return this.callApi("invoke", text(name), text(input));
    });
  }

  private settleInside(call: number, { value, error }: HostCallAnswer): void {
    Scope.withScope((scope) => {
      const text = (part: string | undefined) =>
        part === undefined ? this.context.undefined : scope.manage(this.context.newString(part));
      this.callApi("settle", scope.manage(this.context.newNumber(call)), text(value), text(error)).dispose();
    });
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
      if (error) throw error.consume((thrown) => this.cellError(thrown));
    }
  }

  private settled(scope: Scope, promise: QuickJSHandle): QuickJSHandle {
    const state = this.context.getPromiseState(promise);
    if (state.type === "fulfilled") return scope.manage(state.value);
    if (state.type === "rejected") throw this.cellError(scope.manage(state.error));
    throw new CellError({
      code: "never_settled",
      name: "PendingPromiseError",
      message: "The code awaits a promise that nothing can settle",
      stack: "",
    });
  }

  private describe(handle: QuickJSHandle, isBoxed: boolean): Value {
    const { context } = this;
    const described = this.callApi("describe", handle, isBoxed ? context.true : context.false);
    return toValue(described.consume(context.getString));
  }

  private cellError(thrown: QuickJSHandle): CellError {
    if (this.interrupted) return timeoutError(this.limits.timeoutMs);
    const called = this.context.callFunction(this.engine.api.describeError, this.context.undefined, thrown);
    if (called.error) {
      called.error.dispose();
      return this.interrupted ? timeoutError(this.limits.timeoutMs) : new CellError(this.memoryLimit);
    }
    const error = toError(called.value.consume(this.context.getString));
    if (error.name === "InternalError" && error.message === "out of memory") return new CellError(this.memoryLimit);
    return new CellError({ ...error, code: "script_error" });
  }

  private get memoryLimit(): ExecutionError {
    const message = `The workspace needs more than its ${this.limits.memoryBytes / 1024 / 1024} MiB`;
    return { code: "memory_limit", name: "MemoryLimitError", message, stack: "" };
  }

  /** Stops everything that still runs in the workspace after an error; false if the workspace cannot continue. */
  private recovers(code: ExecutionErrorCode): boolean {
    const deadline = (this.deadline = new Deadline(RECOVERY_MS));
    this.interrupted = false;
    const cancelled = JSON.stringify({ name: "AbortError", message: "the execution ended before the answer came" });
    for (const call of this.bridge.openCalls) {
      this.bridge.close(call);
      this.settleInside(call, { error: cancelled });
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
      ? this.memoryLimit
      : { code: "sandbox_crashed", name: "SandboxError", message, stack: "" };
    return { outcome: failedOutcome(error, performance.now() - this.run.startedAt, true) };
  }
}
