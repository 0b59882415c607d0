// The interfaces of browsers and servers (https://min-common-api.proposal.wintertc.org). Each group of them is compiled
// when code uses one of its names, because all together take more memory than the rest of an idle workspace.
(function (
  primordials,
  { isPromise },
  console,
  { begin },
  { load: hostLoad, text: hostText, bytes: hostBytes, decode: hostDecode, timer: hostTimer },
) {
  const {
    apply,
    defineProperty,
    freeze,
    global,
    mapClear,
    mapDelete,
    mapGet,
    mapSet,
    Map,
    ownKeys,
    ownProperty,
    parse,
    stringify,
  } = primordials;

  const names = {
    __proto__: null,
    exceptions: ["DOMException"],
    events: ["Event", "CustomEvent", "EventTarget"],
    aborts: ["AbortController", "AbortSignal"],
    tasks: ["reportError", "queueMicrotask"],
    encoding: ["TextEncoder", "TextDecoder", "atob", "btoa"],
    url: ["URL", "URLSearchParams"],
    streams: [
      "ReadableStream",
      "ReadableStreamDefaultReader",
      "ReadableStreamDefaultController",
      "ReadableStreamBYOBReader",
      "ReadableStreamBYOBRequest",
      "ReadableByteStreamController",
      "WritableStream",
      "WritableStreamDefaultWriter",
      "WritableStreamDefaultController",
      "TransformStream",
      "TransformStreamDefaultController",
      "ByteLengthQueuingStrategy",
      "CountQueuingStrategy",
      "TextDecoderStream",
      "TextEncoderStream",
    ],
    files: ["Blob", "File"],
    fetch: ["fetch", "Headers", "Request", "Response"],
    forms: ["FormData"],
    clone: ["structuredClone"],
    crypto: ["crypto", "Crypto", "SubtleCrypto"],
    timers: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"],
    performance: ["performance", "Performance"],
  };

  const define = (name, value) =>
    defineProperty(global, name, { __proto__: null, value, writable: true, configurable: true });

  const groups = { __proto__: null };
  const interfaces = new Map();

  /** The values of a group by name. */
  function use(group) {
    if (groups[group] === undefined) {
      const values = hostLoad(group)(platform);
      groups[group] = values;
      const keys = ownKeys(values);
      for (let index = 0; index < keys.length; index += 1) {
        const value = values[keys[index]];
        const prototype = typeof value === "function" ? ownProperty(value, "prototype") : undefined;
        if (prototype !== undefined) mapSet(interfaces, prototype.value, true);
      }
    }
    return groups[group];
  }

  // What timers call, by their number.
  const callbacks = new Map();
  let lastTimer = 0;

  const answerOf = (text) => (text === undefined ? { __proto__: null, error: "memory" } : parse(text));

  const platform = freeze({
    __proto__: null,
    use,
    isPromise,
    isLoaded: (group) => groups[group] !== undefined,
    /** Whether an object is the prototype of a class of a group. */
    isInterface: (prototype) => mapGet(interfaces, prototype) === true,
    /** Asks the host with a value that JSON can hold. The answer has an error or a value. */
    ask: (operation, value) => answerOf(hostText(operation, stringify(value))),
    decode: (how, buffer) => answerOf(hostDecode(stringify(how), buffer)),
    /** Gives a buffer to the host, or nothing; its answer is a new buffer. */
    bytes: (operation, argument, buffer) => hostBytes(operation, stringify(argument), buffer),
    /** Begins a call that the host answers later: a promise of the answer, and a function that ends the call. */
    begin,
    /** Calls back later, unless the execution ends before that; gives 0 if there are too many. */
    wait(ms, isIdle, callback) {
      lastTimer += 1;
      if (!hostTimer(lastTimer, ms, isIdle)) return 0;
      mapSet(callbacks, lastTimer, callback);
      return lastTimer;
    },
    endWait(timer) {
      mapDelete(callbacks, timer);
      hostTimer(timer);
    },
    report: (error) => apply(console.error, undefined, ["Uncaught", error]),
  });

  /** The names of a group become ordinary properties when one of them is read, except those that code has replaced. */
  function settle(group) {
    const values = use(group);
    const list = names[group];
    for (let index = 0; index < list.length; index += 1) {
      const property = ownProperty(global, list[index]);
      if (property !== undefined && property.get === accessors[list[index]]) define(list[index], values[list[index]]);
    }
    return values;
  }

  const accessors = { __proto__: null };
  function install(group, name) {
    // Getter and setter in one: each object makes every change of the workspace larger.
    const accessor = (...given) => (given.length === 0 ? settle(group)[name] : void define(name, given[0]));
    accessors[name] = accessor;
    defineProperty(global, name, { __proto__: null, get: accessor, set: accessor, configurable: true });
  }

  define("self", global);
  const all = ownKeys(names);
  for (let group = 0; group < all.length; group += 1)
    for (let index = 0; index < names[all[group]].length; index += 1) install(all[group], names[all[group]][index]);

  return {
    __proto__: null,
    /** A timer is due. With 0, all of them are forgotten. */
    fire(timer) {
      const callback = mapGet(callbacks, timer);
      if (timer === 0) mapClear(callbacks);
      else mapDelete(callbacks, timer);
      if (callback !== undefined) callback();
    },
  };
});
