// The APIs that code of the workspace has beside the language, and the functions that the host calls. Everything that
// goes to the host is a text or a number; the host reads and checks it.
(function (primordials, inspection, console, calls, { fire }, host) {
  const { apply, defineProperty, freeze, global, isFinite, Map, mapGet, mapSet, Math, ObjectPrototype } = primordials;
  const { ownKeys, ownProperty, parse, slice, stringify } = primordials;
  const { display, isError, isPromise, safely, typeOf } = inspection;
  const { begin, failure, json, settle } = calls;
  const { call: hostCall, random: hostRandom, maxDisplay, maxError, maxResult } = host;

  const define = (object, name, value) =>
    defineProperty(object, name, { __proto__: null, value, writable: true, configurable: true });

  // Asks the host and waits for its answer, which has both members. A value that is not text is missing there.
  function ask(operation, name, value) {
    const { error, value: answer } = parse(hostCall(operation, name, value));
    if (error !== null) throw failure(error.name, error.message);
    return answer;
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
    http: freeze((request) => {
      const { promise } = begin("http", typeof request === "string" ? { __proto__: null, url: request } : request);
      return promise;
    }),
  });

  const asked = (operation) =>
    freeze((request) => {
      const { promise } = begin("ai", { __proto__: null, operation, request });
      return promise;
    });
  const ai = freeze({ __proto__: ObjectPrototype, chat: asked("chat"), complete: asked("completion") });

  // Writable, so that code with its own variable of this name keeps working.
  const { log: print } = console;
  const log = (...values) => apply(print, undefined, values);
  const names = ownKeys(console);
  for (let index = 0; index < names.length; index += 1)
    if (typeof names[index] === "string") log[names[index]] = console[names[index]];
  const provided = { __proto__: null, console, log, state, view, emit, ext, ai };
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
    settle,
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
