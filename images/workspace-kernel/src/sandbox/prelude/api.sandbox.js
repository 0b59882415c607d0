// The APIs that code of the workspace has beside the language, and the functions that the host calls. Everything that
// goes to the host is a text or a number; the host reads and checks it.
(function (primordials, inspection, console, { fire }, host) {
  const {
    apply,
    defineProperty,
    Error,
    freeze,
    global,
    isFinite,
    Map,
    mapDelete,
    mapGet,
    mapSet,
    Math,
    ObjectPrototype,
  } = primordials;
  const { ownKeys, ownProperty, parse, Promise, slice, stringify, TypeError } = primordials;
  const { display, isError, isPromise, safely, typeOf } = inspection;
  const { call: hostCall, start: hostStart, random: hostRandom, maxDisplay, maxError, maxResult } = host;

  const define = (object, name, value) =>
    defineProperty(object, name, { __proto__: null, value, writable: true, configurable: true });

  function failure(name, message) {
    const error = new Error(message);
    define(error, "name", name);
    return error;
  }

  // Asks the host and waits for its answer, which has both members. A value that is not text is missing there.
  function ask(operation, name, value) {
    const { error, value: answer } = parse(hostCall(operation, name, value));
    if (error !== null) throw failure(error.name, error.message);
    return answer;
  }

  function json(value) {
    const text = stringify(value);
    if (typeof text !== "string") throw new TypeError("only values that JSON can hold can be kept");
    return text;
  }

  // Calls that the host answers later, by their number.
  const calls = new Map();
  let lastCall = 0;
  function start(kind, request) {
    const text = json(request);
    return new Promise((resolve, reject) => {
      lastCall += 1;
      const { error } = parse(hostStart(lastCall, kind, text));
      if (error !== null) reject(failure(error.name, error.message));
      else mapSet(calls, lastCall, { __proto__: null, resolve, reject });
    });
  }

  const state = freeze({
    __proto__: ObjectPrototype,
    get: freeze((key) => ask("state.get", key)),
    set: freeze((key, value) => void ask("state.set", key, json(value))),
    delete: freeze((key) => ask("state.delete", key)),
    keys: freeze(() => ask("state.keys")),
  });
  const view = freeze({
    __proto__: ObjectPrototype,
    get: freeze((panel) => ask("view.get", panel)),
    set: freeze((panel, value) => void ask("view.set", panel, json(value))),
    update: freeze((panel, patch) => void ask("view.update", panel, json(patch))),
    remove: freeze((panel) => ask("view.remove", panel)),
  });
  const emit = freeze((name, payload = null) => void ask("emit", name, json(payload)));
  const ext = freeze({
    __proto__: ObjectPrototype,
    http: freeze((request) => start("http", typeof request === "string" ? { __proto__: null, url: request } : request)),
  });

  // Writable, so that code with its own variable of this name keeps working.
  const { log: print } = console;
  const log = (...values) => apply(print, undefined, values);
  const names = ownKeys(console);
  for (let index = 0; index < names.length; index += 1)
    if (typeof names[index] === "string") log[names[index]] = console[names[index]];
  const provided = { __proto__: null, console, log, state, view, emit, ext };
  const globals = ownKeys(provided);
  for (let index = 0; index < globals.length; index += 1) define(global, globals[index], provided[globals[index]]);
  // The engine seeds its own generator from the clock, and a copy of its memory would repeat the sequence.
  define(Math, "random", hostRandom);

  const handlers = new Map();

  // Written member by member, because the engine's own iteration over an object uses inherited members of arrays.
  function record(...members) {
    let text = "";
    for (let index = 0; index < members.length; index += 2)
      text += (index > 0 ? "," : "") + stringify(members[index]) + ":" + stringify(members[index + 1]);
    return "{" + text + "}";
  }

  function toJson(value) {
    if (typeof value === "number" && !isFinite(value)) return undefined;
    return isPromise(value) ? undefined : stringify(value);
  }

  return freeze({
    __proto__: null,
    /**
     * An awaited completion value is in a box. Without the box, a promise as the value would be awaited although the
     * code does not await it.
     */
    describe(completion, isBoxed) {
      const value = isBoxed ? ownProperty(completion, "value").value : completion;
      const shown = display(value, maxDisplay);
      const text = safely(() => toJson(value), undefined);
      const fits = typeof text === "string" && text.length <= maxResult;
      const isCut = shown.length > maxDisplay || (typeof text === "string" && !fits);
      return record("resultType", typeOf(value), "display", shown, "json", fits ? text : null, "truncated", isCut);
    },
    describeError(error) {
      const field = (name, fallback) =>
        safely(() => {
          const text = isError(error) ? error[name] : undefined;
          return typeof text === "string" ? slice(text, 0, maxError) : fallback;
        }, fallback);
      const name = field("name", "Thrown");
      return record("name", name, "message", field("message", display(error, maxError)), "stack", field("stack", ""));
    },
    settle(call, value, error) {
      const waiting = mapGet(calls, call);
      mapDelete(calls, call);
      if (waiting === undefined) return;
      const { resolve, reject } = waiting;
      if (error === undefined) return void resolve(parse(value));
      const { name, message } = parse(error);
      reject(failure(name, message));
    },
    installed(name) {
      const handler = mapGet(handlers, name);
      return handler === undefined ? "" : handler.hash;
    },
    install(name, hash, run) {
      mapSet(handlers, name, { __proto__: null, hash, run });
    },
    fire,
    invoke(name, input) {
      const { run } = mapGet(handlers, name);
      return run(parse(input));
    },
  });
});
