// Events, abort signals and errors of the DOM standard (https://dom.spec.whatwg.org, https://webidl.spec.whatwg.org).
// There is no tree of nodes: an event reaches only its target.
(function (platform) {
  "use strict";

  /** Names of errors, with their constants. The code of each is its place in the list. */
  const codes = [
    ["IndexSizeError", "INDEX_SIZE_ERR"],
    ["", "DOMSTRING_SIZE_ERR"],
    ["HierarchyRequestError", "HIERARCHY_REQUEST_ERR"],
    ["WrongDocumentError", "WRONG_DOCUMENT_ERR"],
    ["InvalidCharacterError", "INVALID_CHARACTER_ERR"],
    ["", "NO_DATA_ALLOWED_ERR"],
    ["NoModificationAllowedError", "NO_MODIFICATION_ALLOWED_ERR"],
    ["NotFoundError", "NOT_FOUND_ERR"],
    ["NotSupportedError", "NOT_SUPPORTED_ERR"],
    ["InUseAttributeError", "INUSE_ATTRIBUTE_ERR"],
    ["InvalidStateError", "INVALID_STATE_ERR"],
    ["SyntaxError", "SYNTAX_ERR"],
    ["InvalidModificationError", "INVALID_MODIFICATION_ERR"],
    ["NamespaceError", "NAMESPACE_ERR"],
    ["InvalidAccessError", "INVALID_ACCESS_ERR"],
    ["", "VALIDATION_ERR"],
    ["TypeMismatchError", "TYPE_MISMATCH_ERR"],
    ["SecurityError", "SECURITY_ERR"],
    ["NetworkError", "NETWORK_ERR"],
    ["AbortError", "ABORT_ERR"],
    ["URLMismatchError", "URL_MISMATCH_ERR"],
    ["QuotaExceededError", "QUOTA_EXCEEDED_ERR"],
    ["TimeoutError", "TIMEOUT_ERR"],
    ["InvalidNodeTypeError", "INVALID_NODE_TYPE_ERR"],
    ["DataCloneError", "DATA_CLONE_ERR"],
  ];

  /** Marks members as the standard wants them, and names the class for `Object.prototype.toString`. */
  function finish(constructor, members) {
    for (const name of members)
      Object.defineProperty(constructor.prototype, name, { __proto__: null, enumerable: true });
    Object.defineProperty(constructor.prototype, Symbol.toStringTag, {
      __proto__: null,
      value: constructor.name,
      configurable: true,
    });
  }

  function constants(constructor, values) {
    for (const [name, value] of Object.entries(values))
      for (const holder of [constructor, constructor.prototype])
        Object.defineProperty(holder, name, { __proto__: null, value, enumerable: true });
  }

  function need(count, given, what) {
    if (given < count) throw new TypeError(`${what}: ${count} argument${count > 1 ? "s" : ""} required`);
  }

  // An ordinary error, so that it has a stack.
  const exceptions = new WeakMap();
  const exception = (error) => {
    const values = exceptions.get(error);
    if (values === undefined) throw new TypeError("Illegal invocation");
    return values;
  };
  class DOMException {
    constructor(message = "", name = "Error") {
      const values = { message: `${message}`, name: `${name}` };
      const error = Reflect.construct(Error, [], new.target);
      exceptions.set(error, values);
      return error;
    }
    get name() {
      return exception(this).name;
    }
    get message() {
      return exception(this).message;
    }
    get code() {
      const { name } = exception(this);
      return name === "" ? 0 : codes.findIndex(([known]) => known === name) + 1;
    }
  }
  const isDomException = (value) => exceptions.has(value);
  Object.setPrototypeOf(DOMException.prototype, Error.prototype);
  finish(DOMException, ["name", "message", "code"]);
  constants(DOMException, Object.fromEntries(codes.map(([, constant], index) => [constant, index + 1])));

  let states;
  class Event {
    #type;
    #bubbles;
    #cancelable;
    #composed;
    #timeStamp = platform.use("performance").performance.now();
    // What a dispatch changes, reached by EventTarget.
    #state = {
      target: null,
      currentTarget: null,
      phase: 0,
      isStopped: false,
      isEnded: false,
      isCanceled: false,
      isPassive: false,
      isDispatched: false,
      isTrusted: false,
      type: "",
    };
    constructor(type, init) {
      need(1, arguments.length, "Event");
      const { bubbles, cancelable, composed } = dictionary(init);
      this.#type = `${type}`;
      this.#bubbles = !!bubbles;
      this.#cancelable = !!cancelable;
      this.#composed = !!composed;
      Object.defineProperty(this, "isTrusted", { __proto__: null, get: isTrusted, enumerable: true });
    }
    get type() {
      return this.#type;
    }
    get target() {
      return this.#state.target;
    }
    get srcElement() {
      return this.#state.target;
    }
    get currentTarget() {
      return this.#state.currentTarget;
    }
    composedPath() {
      return this.#state.currentTarget === null ? [] : [this.#state.currentTarget];
    }
    get eventPhase() {
      return this.#state.phase;
    }
    stopPropagation() {
      this.#state.isStopped = true;
    }
    get cancelBubble() {
      return this.#state.isStopped;
    }
    set cancelBubble(value) {
      if (value) this.#state.isStopped = true;
    }
    stopImmediatePropagation() {
      this.#state.isStopped = this.#state.isEnded = true;
    }
    get bubbles() {
      return this.#bubbles;
    }
    get cancelable() {
      return this.#cancelable;
    }
    get returnValue() {
      return !this.#state.isCanceled;
    }
    set returnValue(value) {
      if (!value) this.preventDefault();
    }
    preventDefault() {
      if (this.#cancelable && !this.#state.isPassive) this.#state.isCanceled = true;
    }
    get defaultPrevented() {
      return this.#state.isCanceled;
    }
    get composed() {
      return this.#composed;
    }
    get timeStamp() {
      return this.#timeStamp;
    }
    initEvent(type, bubbles = false, cancelable = false) {
      need(1, arguments.length, "initEvent");
      if (this.#state.isDispatched) return;
      [this.#type, this.#bubbles, this.#cancelable] = [`${type}`, !!bubbles, !!cancelable];
      this.#state.isStopped = this.#state.isEnded = this.#state.isCanceled = false;
      this.#state.target = null;
    }
    static {
      states = (event) => event.#state;
    }
  }
  function isTrusted() {
    return states(this).isTrusted;
  }
  finish(Event, [
    ...["type", "target", "srcElement", "currentTarget", "composedPath", "eventPhase", "stopPropagation"],
    ...["cancelBubble", "stopImmediatePropagation", "bubbles", "cancelable", "returnValue", "preventDefault"],
    ...["defaultPrevented", "composed", "timeStamp", "initEvent"],
  ]);
  constants(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

  class CustomEvent extends Event {
    #detail;
    constructor(type, init) {
      need(1, arguments.length, "CustomEvent");
      super(type, init);
      this.#detail = dictionary(init).detail ?? null;
    }
    get detail() {
      return this.#detail;
    }
    initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
      need(1, arguments.length, "initCustomEvent");
      if (states(this).isDispatched) return;
      this.initEvent(type, bubbles, cancelable);
      this.#detail = detail;
    }
  }
  finish(CustomEvent, ["detail", "initCustomEvent"]);

  /** An optional argument whose members are options. */
  function dictionary(value) {
    if (value === undefined || value === null) return {};
    if (typeof value !== "object" && typeof value !== "function") throw new TypeError("options must be an object");
    return value;
  }

  let listenersOf;
  class EventTarget {
    #listeners = [];
    addEventListener(type, callback, options) {
      need(2, arguments.length, "addEventListener");
      const { capture, once, passive, signal } = flattened(options, true);
      const name = `${type}`;
      if (!isCallback(callback) || signal?.aborted) return;
      const known = ({ type, callback: other, capture: phase }) =>
        type === name && other === callback && phase === capture;
      if (this.#listeners.some(known)) return;
      const listener = { type: name, callback, capture, once, passive, isRemoved: false };
      this.#listeners.push(listener);
      if (signal) onAbort(signal, () => this.#remove(listener));
    }
    removeEventListener(type, callback, options) {
      need(2, arguments.length, "removeEventListener");
      const { capture } = flattened(options, false);
      const name = `${type}`;
      if (!isCallback(callback)) return;
      const found = this.#listeners.find(
        (one) => one.type === name && one.callback === callback && one.capture === capture,
      );
      if (found) this.#remove(found);
    }
    dispatchEvent(event) {
      need(1, arguments.length, "dispatchEvent");
      if (!(event instanceof Event)) throw new TypeError("dispatchEvent: give an Event");
      const state = states(event);
      if (state.isDispatched) throw new DOMException("The event is being dispatched", "InvalidStateError");
      state.isTrusted = false;
      return fire(this, event);
    }
    #remove(listener) {
      listener.isRemoved = true;
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    }
    static {
      listenersOf = (target) => ({
        all: target.#listeners,
        remove: (listener) => target.#remove(listener),
      });
    }
  }
  finish(EventTarget, ["addEventListener", "removeEventListener", "dispatchEvent"]);

  function isCallback(callback) {
    if (callback === null || callback === undefined) return false;
    if (typeof callback === "function" || typeof callback === "object") return true;
    throw new TypeError("a listener must be a function or an object");
  }

  function flattened(options, isAdded) {
    if (typeof options === "boolean" || options === undefined || options === null) return { capture: !!options };
    const { capture } = Object(options);
    if (!isAdded) return { capture: !!capture };
    const { once, passive, signal } = Object(options);
    if (signal !== undefined && !isSignal(signal)) throw new TypeError("signal must be an AbortSignal");
    return { capture: !!capture, once: !!once, passive: !!passive, signal };
  }

  /** @returns whether nobody prevented the default action */
  function fire(target, event) {
    const state = states(event);
    [state.isDispatched, state.target, state.currentTarget, state.phase] = [true, target, target, 2];
    const { type } = event;
    // Listeners of the capturing phase go first.
    for (const isCapture of [true, false]) {
      const { all, remove } = listenersOf(target);
      if (state.isStopped) break;
      for (const listener of [...all]) {
        if (listener.isRemoved || listener.type !== type || listener.capture !== isCapture) continue;
        if (listener.once) remove(listener);
        state.isPassive = listener.passive === true;
        call(listener.callback, target, event);
        state.isPassive = false;
        if (state.isEnded) break;
      }
    }
    [state.isDispatched, state.currentTarget, state.phase] = [false, null, 0];
    [state.isStopped, state.isEnded] = [false, false];
    return !state.isCanceled;
  }

  function call(callback, target, event) {
    try {
      if (typeof callback === "function") return void Reflect.apply(callback, target, [event]);
      const { handleEvent } = callback;
      if (typeof handleEvent !== "function") throw new TypeError("handleEvent is not a function");
      Reflect.apply(handleEvent, callback, [event]);
    } catch (error) {
      platform.report(error);
    }
  }

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
      const event = new Event("abort");
      states(event).isTrusted = true;
      fire(one, event);
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

  function reportError(error) {
    need(1, arguments.length, "reportError");
    platform.report(error);
  }

  function queueMicrotask(callback) {
    if (typeof callback !== "function") throw new TypeError("queueMicrotask: give a function");
    // Not awaited by anybody: what it throws is reported.
    void settled.then(() => {
      try {
        callback();
      } catch (error) {
        platform.report(error);
      }
    });
  }
  const settled = Promise.resolve();

  return {
    DOMException,
    Event,
    CustomEvent,
    EventTarget,
    AbortController,
    AbortSignal,
    reportError,
    queueMicrotask,
    // For other groups.
    finish,
    need,
    dictionary,
    isSignal,
    onAbort,
    isDomException,
  };
});
