// Events of the DOM standard (https://dom.spec.whatwg.org). There is no tree of nodes: an event reaches only its target.
(function (platform) {
  "use strict";
  const { constants, dictionary, finish, need } = platform.use("classes");
  const { DOMException } = platform.use("exceptions");

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
      if (signal) platform.use("aborts").onAbort(signal, () => this.#remove(listener));
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
    if (signal !== undefined && !platform.use("aborts").isSignal(signal))
      throw new TypeError("signal must be an AbortSignal");
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

  /** Dispatches an event of the host. */
  function fireTrusted(target, event) {
    states(event).isTrusted = true;
    fire(target, event);
  }

  return { Event, CustomEvent, EventTarget, fireTrusted };
});
