import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
} from "quickjs-emscripten-core";
import { boundedMemory } from "./bounded-memory";
import { cutText, MAX_DISPLAY_BYTES, MAX_ERROR_BYTES, MAX_RESULT_BYTES } from "./bounds";
import { LogBuffer } from "./log-buffer";
import {
  type ExecutionError,
  type ExecutionErrorCode,
  type ExecutionOutcome,
  failedOutcome,
  type JsonValue,
  type SandboxLimits,
} from "./messages";
import prelude from "./prelude.sandbox.js";
import { randomNumber } from "./random";
import { type Cell, transformCell } from "./transform";

/** The engine's stack grows inside the WASM stack, which is 1 MiB in this build; beyond it the instance would trap. */
const MAX_STACK_BYTES = 256 * 1024;

interface Described {
  readonly resultType: string;
  readonly display: string;
  readonly json: string | null;
  readonly truncated: boolean;
}

type Value = Omit<ExecutionOutcome, "logs" | "durationMs" | "memoryBytes" | "error" | "reset">;

const NO_VALUE: Value = { result: null, resultType: "error", display: "", truncated: false };

/** The code ended without a value; carries what the answer says about it. */
class CellError extends Error {
  constructor(readonly error: ExecutionError) {
    super(error.message);
  }
}

/** One workspace: a QuickJS of its own in a WebAssembly memory of its own. */
export class SandboxInstance {
  private readonly logs = new LogBuffer();
  private readonly describeValue: QuickJSHandle;
  private readonly describeError: QuickJSHandle;
  private deadline = Number.POSITIVE_INFINITY;
  private interrupted = false;

  static async create(wasmModule: WebAssembly.Module, limits: SandboxLimits): Promise<SandboxInstance> {
    const engine = await newQuickJSWASMModuleFromVariant(
      newVariant(variant, { wasmModule, wasmMemory: boundedMemory(limits.memoryBytes) }),
    );
    return new SandboxInstance(engine, engine.newContext(), limits);
  }

  private constructor(
    private readonly engine: QuickJSWASMModule,
    private readonly context: QuickJSContext,
    private readonly limits: SandboxLimits,
  ) {
    const { runtime } = context;
    runtime.setMaxStackSize(MAX_STACK_BYTES);
    runtime.setInterruptHandler(() => {
      this.interrupted ||= performance.now() > this.deadline;
      return this.interrupted;
    });
    [this.describeValue, this.describeError] = this.runPrelude();
  }

  /** What the instance takes from the machine; WebAssembly memory grows and never shrinks. */
  get memoryBytes(): number {
    return this.engine.getWasmMemory().buffer.byteLength;
  }

  /** Runs a cell. Never throws; `reset` says that this instance can no longer be used. */
  execute(source: string): ExecutionOutcome {
    const start = performance.now();
    this.logs.clear();
    this.interrupted = false;
    this.deadline = start + this.limits.timeoutMs;
    let value: Value = NO_VALUE;
    let error: ExecutionError | undefined;
    try {
      value = this.run(transformSource(source));
    } catch (thrown) {
      if (!(thrown instanceof CellError)) return this.crashed(thrown, performance.now() - start);
      error = thrown.error;
      value = { ...NO_VALUE, display: `${error.name}: ${error.message}` };
    }
    return {
      ...value,
      truncated: value.truncated || this.logs.truncated,
      logs: this.logs.lines,
      durationMs: performance.now() - start,
      memoryBytes: this.memoryBytes,
      ...(error ? { error } : {}),
      reset: error !== undefined && !this.recovers(error.code),
    };
  }

  private run(cell: Cell): Value {
    return Scope.withScope((scope) => {
      const evaluated = this.context.evalCode(cell.code, "cell.js", { type: "global" });
      const completion = scope.manage(evaluated.error ?? evaluated.value);
      if (evaluated.error) throw this.cellError(completion);
      this.drainJobs();
      return this.describe(cell.isAsync ? this.settled(scope, completion) : completion);
    });
  }

  /** Promise reactions run until none is left: nothing outside the sandbox can settle a promise later. */
  private drainJobs(): void {
    const { runtime } = this.context;
    while (runtime.hasPendingJob()) {
      // In batches: a promise swallows the interruption of its reaction, so a chain without end needs a look at the clock.
      const { error } = runtime.executePendingJobs(100);
      this.interrupted ||= performance.now() > this.deadline;
      if (this.interrupted) throw this.timeoutError();
      if (!error) continue;
      const failure = this.cellError(error);
      error.dispose();
      throw failure;
    }
  }

  private settled(scope: Scope, promise: QuickJSHandle): QuickJSHandle {
    const state = this.context.getPromiseState(promise);
    if (state.type === "fulfilled") return scope.manage(this.context.getProp(scope.manage(state.value), 0));
    if (state.type === "rejected") throw this.cellError(scope.manage(state.error));
    throw new CellError({
      code: "never_settled",
      name: "PendingPromiseError",
      message: "The code awaits a promise that nothing can settle",
      stack: "",
    });
  }

  private describe(handle: QuickJSHandle): Value {
    const called = this.context.callFunction(this.describeValue, this.context.undefined, handle);
    if (called.error) {
      const failure = this.cellError(called.error);
      called.error.dispose();
      throw failure;
    }
    const { resultType, display, json, truncated } = JSON.parse(
      called.value.consume(this.context.getString),
    ) as Described;
    const fits = json === null || Buffer.byteLength(json) <= MAX_RESULT_BYTES;
    const shown = cutText(display, MAX_DISPLAY_BYTES);
    return {
      result: json !== null && fits ? (JSON.parse(json) as JsonValue) : null,
      resultType,
      display: shown.text,
      truncated: truncated || shown.cut || !fits,
    };
  }

  private cellError(thrown: QuickJSHandle): CellError {
    if (this.interrupted) return this.timeoutError();
    const called = this.context.callFunction(this.describeError, this.context.undefined, thrown);
    const memoryLimit: ExecutionError = {
      code: "memory_limit",
      name: "MemoryLimitError",
      message: `The workspace needs more than its ${this.limits.memoryBytes / 1024 / 1024} MiB`,
      stack: "",
    };
    if (called.error) {
      called.error.dispose();
      return new CellError(memoryLimit);
    }
    const error = JSON.parse(called.value.consume(this.context.getString)) as Omit<ExecutionError, "code">;
    if (error.name === "InternalError" && error.message === "out of memory") return new CellError(memoryLimit);
    return new CellError({ ...error, code: "script_error" });
  }

  private timeoutError(): CellError {
    const message = `The code did not end within ${this.limits.timeoutMs} ms`;
    return new CellError({ code: "timeout", name: "TimeoutError", message, stack: "" });
  }

  private recovers(code: ExecutionErrorCode): boolean {
    if (code === "timeout") return this.abandonJobs();
    return code !== "memory_limit" || this.stillWorks();
  }

  /** Promise reactions left by interrupted code would run in the next cell; interrupted again, a chain ends. */
  private abandonJobs(): boolean {
    const { runtime } = this.context;
    const end = performance.now() + 100;
    while (runtime.hasPendingJob() && performance.now() < end) runtime.executePendingJobs(100).error?.dispose();
    return !runtime.hasPendingJob();
  }

  /** A workspace over its limit keeps its variables as long as it can still run code that frees some. */
  private stillWorks(): boolean {
    this.deadline = performance.now() + 100;
    this.interrupted = false;
    try {
      const result = this.context.evalCode("void ({}, [0])", "check.js", { type: "global" });
      (result.error ?? result.value).dispose();
      return !result.error;
    } catch {
      return false;
    }
  }

  /** The engine itself failed, so its memory can no longer be trusted. */
  private crashed(thrown: unknown, durationMs: number): ExecutionOutcome {
    const message = `The sandbox failed and starts empty (${thrown instanceof Error ? thrown.message : "unknown"})`;
    return failedOutcome({ code: "sandbox_crashed", name: "SandboxError", message, stack: "" }, durationMs, true);
  }

  private runPrelude(): [QuickJSHandle, QuickJSHandle] {
    const { context } = this;
    const hostLog = context.newFunction("log", (level, message) => {
      const left = this.logs.left;
      if (message && left > 0) this.logs.add(context.getString(level), context.getString(message));
      return context.newNumber(left);
    });
    // The value of a promise, or its state when `wantsValue` is false.
    const hostPromise = context.newFunction("promise", (promise, wantsValue) => {
      const state = context.getPromiseState(promise);
      if (!context.eq(wantsValue, context.true)) return context.newString(state.type);
      if (state.type === "fulfilled") return state.value;
      return state.type === "rejected" ? state.error : context.undefined;
    });
    const hostRandom = context.newFunction("random", () => context.newNumber(randomNumber()));
    const setup = context.unwrapResult(context.evalCode(prelude, "prelude.js", { type: "global" }));
    const hostFunctions = [hostLog, hostPromise, hostRandom];
    const limits = [MAX_DISPLAY_BYTES, MAX_RESULT_BYTES, MAX_ERROR_BYTES].map((limit) => context.newNumber(limit));
    const api = context.unwrapResult(context.callFunction(setup, context.undefined, ...hostFunctions, ...limits));
    const functions: [QuickJSHandle, QuickJSHandle] = [
      context.getProp(api, "describe"),
      context.getProp(api, "describeError"),
    ];
    for (const handle of [...hostFunctions, setup, api, ...limits]) handle.dispose();
    return functions;
  }
}

function transformSource(source: string): Cell {
  try {
    return transformCell(source);
  } catch (error) {
    // A RangeError is nesting too deep for the parser; for its author that is a fault of the code as well.
    const message = error instanceof SyntaxError ? error.message : "The code is nested too deeply";
    throw new CellError({
      code: "syntax_error",
      name: "SyntaxError",
      message: cutText(message, MAX_ERROR_BYTES).text,
      stack: "",
    });
  }
}
