import { Scope, type QuickJSContext, type QuickJSHandle } from "quickjs-emscripten-core";
import type { Engine } from "./engine";
import type { ExecutionError, HostCallAnswer, InstanceTask, SandboxLimits } from "./messages";
import { toError, toValue, type Value } from "./output";
import { CellError, timeoutError } from "./transform";

/** Calls into an engine. An error of the code is thrown as a CellError. */
export class EngineCalls {
  /** @param wasInterrupted whether the code that ran last was interrupted */
  constructor(
    private readonly engine: Engine,
    private readonly limits: SandboxLimits,
    private readonly wasInterrupted: () => boolean,
  ) {}

  private get context(): QuickJSContext {
    return this.engine.context;
  }

  evaluate(code: string, file: string): QuickJSHandle {
    const evaluated = this.context.evalCode(code, file, { type: "global" });
    if (evaluated.error) throw evaluated.error.consume((error) => this.cellError(error));
    return evaluated.value;
  }

  invoke({ name, hash, script, input }: Extract<InstanceTask, { kind: "handler" }>): QuickJSHandle {
    return Scope.withScope((scope) => {
      const text = (value: string) => scope.manage(this.context.newString(value));
      const installed = this.context.getString(scope.manage(this.call("installed", text(name))));
      if (installed !== hash) {
        const run = scope.manage(this.evaluate(script, `${name}.js`));
        this.call("install", text(name), text(hash), run).dispose();
      }
      return this.call("invoke", text(name), text(input));
    });
  }

  settle(call: number, { value, error }: HostCallAnswer): void {
    Scope.withScope((scope) => {
      const text = (part: string | undefined) =>
        part === undefined ? this.context.undefined : scope.manage(this.context.newString(part));
      this.call("settle", scope.manage(this.context.newNumber(call)), text(value), text(error)).dispose();
    });
  }

  /** Calls what a timer calls. With 0, what all timers would call is forgotten. */
  fire(timer: number): void {
    Scope.withScope((scope) => {
      this.call("fire", scope.manage(this.context.newNumber(timer))).dispose();
    });
  }

  /** The value of a promise. */
  settled(scope: Scope, promise: QuickJSHandle): QuickJSHandle {
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

  isPending(promise: QuickJSHandle): boolean {
    const state = this.context.getPromiseState(promise);
    if (state.type === "fulfilled" && !state.notAPromise) state.value.dispose();
    if (state.type === "rejected") state.error.dispose();
    return state.type === "pending";
  }

  describe(handle: QuickJSHandle, isBoxed: boolean): Value {
    const { context } = this;
    const described = this.call("describe", handle, isBoxed ? context.true : context.false);
    return toValue(described.consume(context.getString));
  }

  cellError(thrown: QuickJSHandle): CellError {
    if (this.wasInterrupted()) return timeoutError(this.limits.timeoutMs);
    const called = this.context.callFunction(this.engine.api.describeError, this.context.undefined, thrown);
    if (called.error) {
      called.error.dispose();
      return this.wasInterrupted() ? timeoutError(this.limits.timeoutMs) : new CellError(this.memoryLimit);
    }
    const error = toError(called.value.consume(this.context.getString));
    if (error.name === "InternalError" && error.message === "out of memory") return new CellError(this.memoryLimit);
    return new CellError({ ...error, code: "script_error" });
  }

  get memoryLimit(): ExecutionError {
    const message = `The workspace needs more than its ${this.limits.memoryBytes / 1024 / 1024} MiB`;
    return { code: "memory_limit", name: "MemoryLimitError", message, stack: "" };
  }

  /** Calls a function of the prelude. */
  private call(name: keyof Engine["api"], ...args: QuickJSHandle[]): QuickJSHandle {
    const called = this.context.callFunction(this.engine.api[name], this.context.undefined, ...args);
    if (called.error) throw called.error.consume((error) => this.cellError(error));
    return called.value;
  }
}
