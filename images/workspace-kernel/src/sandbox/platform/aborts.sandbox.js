// Abort signals (https://dom.spec.whatwg.org/#aborting-ongoing-activities).
(function (platform) {
  "use strict";
  const { finish, need } = platform.use("classes");
  const { DOMException } = platform.use("exceptions");
  const { Event, EventTarget, fireTrusted } = platform.use("events");

  const SECRET = Symbol("constructed by the host");
  let signals;
  class AbortSignal extends EventTarget {
    #state = { isAborted: false, reason: undefined, steps: new Set(), sources: new Set(), dependents: new Set() };
    #handler = null;
    constructor(secret) {
      if (secret !== SECRET) throw new TypeError("Illegal constructor");
      super();
    }
    static abort(reason) {
      const signal = new AbortSignal(SECRET);
      const state = signals(signal);
      [state.isAborted, state.reason] = [true, reasonOf(reason, arguments.length)];
      return signal;
    }
    static timeout(milliseconds) {
      need(1, arguments.length, "timeout");
      const ms = Math.trunc(Number(milliseconds));
      if (!(ms >= 0 && ms <= Number.MAX_SAFE_INTEGER)) throw new TypeError("timeout: give milliseconds from 0 on");
      const signal = new AbortSignal(SECRET);
      const number = platform.wait(ms, true, () => abort(signal, new DOMException("The time is over", "TimeoutError")));
      if (number === 0) throw new RangeError("timeout: too many timers wait");
      return signal;
    }
    static any(list) {
      need(1, arguments.length, "any");
      const given = [...list];
      if (!given.every(isSignal)) throw new TypeError("any: give AbortSignals");
      const signal = new AbortSignal(SECRET);
      const state = signals(signal);
      const aborted = given.find((one) => one.aborted);
      if (aborted) {
        [state.isAborted, state.reason] = [true, aborted.reason];
        return signal;
      }
      // A signal that depends on others is left out in favour of those.
      for (const one of given)
        for (const source of signals(one).sources.size > 0 ? signals(one).sources : [one]) {
          state.sources.add(source);
          signals(source).dependents.add(signal);
        }
      return signal;
    }
    get aborted() {
      return this.#state.isAborted;
    }
    get reason() {
      return this.#state.reason;
    }
    throwIfAborted() {
      if (this.#state.isAborted) throw this.#state.reason;
    }
    get onabort() {
      return this.#handler?.callback ?? null;
    }
    set onabort(callback) {
      const usable = typeof callback === "function" || (typeof callback === "object" && callback !== null);
      if (!usable && this.#handler) this.removeEventListener("abort", this.#handler.run);
      if (!usable) this.#handler = null;
      else if (this.#handler) this.#handler.callback = callback;
      else {
        const handler = { callback, run: undefined };
        handler.run = (event) => typeof handler.callback === "function" && handler.callback.call(this, event);
        this.#handler = handler;
        this.addEventListener("abort", handler.run);
      }
    }
    static {
      signals = (signal) => signal.#state;
    }
  }
  finish(AbortSignal, ["aborted", "reason", "throwIfAborted", "onabort"]);
  for (const name of ["abort", "timeout", "any"])
    Object.defineProperty(AbortSignal, name, { __proto__: null, enumerable: true });

  const isSignal = (value) => value instanceof AbortSignal;
  const reasonOf = (reason, given) =>
    given > 0 && reason !== undefined ? reason : new DOMException("This operation was aborted", "AbortError");

  function onAbort(signal, step) {
    const { isAborted, steps } = signals(signal);
    if (!isAborted) steps.add(step);
    return () => steps.delete(step);
  }

  function abort(signal, reason) {
    if (signals(signal).isAborted) return;
    const dependents = [...signals(signal).dependents].filter((one) => !signals(one).isAborted);
    // All are aborted before any code learns of it.
    for (const one of [signal, ...dependents]) [signals(one).isAborted, signals(one).reason] = [true, reason];
    for (const one of [signal, ...dependents]) {
      const { steps } = signals(one);
      for (const step of [...steps]) step();
      steps.clear();
      fireTrusted(one, new Event("abort"));
    }
    signals(signal).dependents.clear();
  }

  class AbortController {
    #signal = new AbortSignal(SECRET);
    get signal() {
      return this.#signal;
    }
    abort(reason) {
      abort(this.#signal, reasonOf(reason, arguments.length));
    }
  }
  finish(AbortController, ["signal", "abort"]);

  return { AbortController, AbortSignal, isSignal, onAbort };
});
