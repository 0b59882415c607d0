// Runs inside a fresh sandbox, before any code of the workspace. Its value is an object of functions that the host
// keeps; the workspace cannot reach them. Built-ins are captured here because the workspace may replace its own.
(function (hostLog, hostPromise, hostRandom, hostCall, hostStart, maxDisplay, maxResult, maxError) {
  "use strict";
  const { stringify, parse } = JSON;
  const { apply, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { isArray } = Array;
  const { is, defineProperty, freeze } = Object;
  const { isFinite, isNaN } = Number;
  const { isView } = ArrayBuffer;
  const ErrorClass = Error;
  const PromiseClass = Promise;
  const MapClass = Map;
  const { toString: objectToString } = Object.prototype;
  const { toISOString } = Date.prototype;
  const { toString: functionToString } = Function.prototype;
  const { toString: regexpToString } = RegExp.prototype;
  const { toString: symbolToString } = Symbol.prototype;
  const { forEach: mapForEach, get: mapGet, set: mapSet, delete: mapDelete } = Map.prototype;
  const { forEach: setForEach } = Set.prototype;
  const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
  const MAX_DEPTH = 4;
  const MAX_ITEMS = 100;

  const tag = (value) => apply(objectToString, value, []).slice(8, -1);
  const isError = (value) => value instanceof ErrorClass;

  // Text in the manner of node's util.inspect, that ends once `left` characters are spent.
  function inspect(value, limit) {
    let left = limit;
    const seen = [];
    const spend = (text) => {
      const kept = text.length > left ? text.slice(0, left) + "…" : text;
      left -= kept.length;
      return kept;
    };

    function list(open, close, items) {
      const parts = [];
      let count = 0;
      for (const item of items) {
        if (left <= 0 || count >= MAX_ITEMS) {
          parts.push("…");
          break;
        }
        parts.push(item());
        count += 1;
      }
      if (parts.length === 0) return open + close;
      const oneLine = parts.join(", ");
      const wide = oneLine.length > 72 || oneLine.includes("\n");
      const space = open.endsWith("[") ? "" : " ";
      if (!wide) return `${open}${open.endsWith("[") ? "" : space}${oneLine}${space}${close}`;
      return `${open}\n${parts.map((part) => "  " + part.split("\n").join("\n  ")).join(",\n")}\n${close}`;
    }

    function* properties(object, keys, depth) {
      for (const key of keys) {
        const property = getOwnPropertyDescriptor(object, key);
        if (!property || !property.enumerable) continue;
        yield () => {
          const name =
            typeof key === "symbol"
              ? `[${apply(symbolToString, key, [])}]`
              : IDENTIFIER.test(key)
                ? key
                : stringify(key);
          const text = property.get ? "[Getter]" : property.set ? "[Setter]" : show(property.value, depth + 1);
          return spend(name + ": ") + text;
        };
      }
    }

    function* elements(array, depth) {
      for (let index = 0; index < array.length; index += 1) {
        yield () => (index in array ? show(array[index], depth + 1) : "<empty>");
      }
    }

    function collection(object, name, depth) {
      const items = [];
      if (name === "Map") {
        apply(mapForEach, object, [
          (item, key) => {
            if (items.length <= MAX_ITEMS) items.push(() => `${show(key, depth + 1)} => ${show(item, depth + 1)}`);
          },
        ]);
      } else {
        apply(setForEach, object, [
          (item) => {
            if (items.length <= MAX_ITEMS) items.push(() => show(item, depth + 1));
          },
        ]);
      }
      return list(`${name}(${object.size}) {`, "}", items);
    }

    function className(object) {
      const prototype = getPrototypeOf(object);
      if (prototype === null) return "[Object: null prototype]";
      const constructor = getOwnPropertyDescriptor(prototype, "constructor");
      const named = constructor && typeof constructor.value === "function" && constructor.value.name;
      return typeof named === "string" ? named : "Object";
    }

    function showFunction(value) {
      const isClass = apply(functionToString, value, []).startsWith("class");
      const named = typeof value.name === "string" && value.name !== "" ? value.name : "(anonymous)";
      return spend(isClass ? `[class ${named}]` : `[Function: ${named}]`);
    }

    function showPromise(promise, depth) {
      const state = hostPromise(promise, false);
      if (state === "pending") return spend("Promise { <pending> }");
      const mark = state === "rejected" ? "<rejected> " : "";
      return list("Promise {", "}", [() => spend(mark) + show(hostPromise(promise, true), depth + 1)]);
    }

    function showObject(value, depth) {
      const kind = tag(value);
      if (isError(value))
        return spend(depth === 0 && value.stack ? `${value}\n${value.stack}`.trimEnd() : `[${value}]`);
      if (kind === "Date") return spend(isNaN(+value) ? "Invalid Date" : apply(toISOString, value, []));
      if (kind === "RegExp") return spend(apply(regexpToString, value, []));
      if (depth > MAX_DEPTH) return spend(isArray(value) ? "[Array]" : "[Object]");
      if (isArray(value)) return list("[", "]", elements(value, depth));
      if (value instanceof PromiseClass) return showPromise(value, depth);
      if (kind === "Map" || kind === "Set") return collection(value, kind, depth);
      const name = className(value);
      if (isView(value) && kind !== "DataView") return list(`${name}(${value.length}) [`, "]", elements(value, depth));
      return list(name === "Object" ? "{" : `${name} {`, "}", properties(value, ownKeys(value), depth));
    }

    function show(value, depth) {
      switch (typeof value) {
        case "string":
          return spend(depth === 0 ? value : stringify(value.length > left ? value.slice(0, left) + "…" : value));
        case "bigint":
          return spend(`${value}n`);
        case "symbol":
          return spend(apply(symbolToString, value, []));
        case "function":
          return showFunction(value);
        case "object": {
          if (value === null) return spend("null");
          if (seen.includes(value)) return spend("[Circular]");
          seen.push(value);
          try {
            return showObject(value, depth);
          } finally {
            seen.pop();
          }
        }
        default:
          return spend(is(value, -0) ? "-0" : String(value));
      }
    }
    return show(value, 0);
  }

  // A value whose own getters or proxies throw must not turn a good execution into a failed one.
  function safely(make, fallback) {
    try {
      return make();
    } catch {
      return fallback;
    }
  }

  const display = (value, limit) => safely(() => inspect(value, limit), "[cannot be shown]");

  function typeOf(value) {
    if (value === null) return "null";
    if (typeof value !== "object") return typeof value;
    if (isArray(value)) return "array";
    const kind = safely(() => tag(value), "Object");
    return kind === "Object" ? "object" : kind.toLowerCase();
  }

  function toJson(value) {
    if (typeof value === "number" && !isFinite(value)) return undefined;
    if (typeof value === "object" && value !== null && tag(value) === "Promise") return undefined;
    return stringify(value);
  }

  function printer(level) {
    return function (...values) {
      // Asked first, so that a loop which prints for ever does not format what nobody keeps.
      const left = hostLog(level);
      if (left > 0) hostLog(level, values.map((value) => display(value, left)).join(" "));
    };
  }
  const console = {};
  for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = printer(level);
  const log = Object.assign(printer("log"), console);

  function failure({ name, message }) {
    const error = new ErrorClass(message);
    defineProperty(error, "name", { value: name, writable: true, configurable: true });
    return error;
  }

  // Asks the host and waits for its answer. An argument without a JSON form arrives there as null.
  function ask(operation, ...values) {
    const answer = parse(hostCall(operation, stringify(values)));
    if (answer.error) throw failure(answer.error);
    return answer.value;
  }

  function json(value) {
    const text = stringify(value);
    if (text === undefined) throw new TypeError("only values that JSON can hold can be kept");
    return text;
  }

  // Calls that the host answers later, by number.
  const calls = new MapClass();
  let lastCall = 0;
  function start(kind, request) {
    const text = json(request);
    return new PromiseClass((resolve, reject) => {
      lastCall += 1;
      const refusal = hostStart(lastCall, kind, text);
      if (refusal) reject(failure(parse(refusal)));
      else apply(mapSet, calls, [lastCall, { resolve, reject }]);
    });
  }

  const state = freeze({
    get: (key) => ask("state.get", key),
    set: (key, value) => void ask("state.set", key, json(value)),
    delete: (key) => ask("state.delete", key),
    keys: () => ask("state.keys"),
  });
  const view = freeze({
    get: (panel) => ask("view.get", panel),
    set: (panel, value) => void ask("view.set", panel, json(value)),
    update: (panel, patch) => void ask("view.update", panel, json(patch)),
    remove: (panel) => ask("view.remove", panel),
  });
  const emit = (name, payload = null) => void ask("emit", name, json(payload));
  const ext = freeze({ http: (request) => start("http", typeof request === "string" ? { url: request } : request) });

  // Writable, so that code which has a variable of such a name keeps working.
  const provided = { console, log, state, view, emit, ext };
  for (const name of ownKeys(provided))
    defineProperty(globalThis, name, { value: provided[name], writable: true, configurable: true });
  // The engine seeds its own generator from the clock, and a copy of its memory would repeat the sequence.
  defineProperty(Math, "random", { value: hostRandom, writable: true, configurable: true });

  const handlers = new MapClass();

  return {
    describe(value) {
      const shown = display(value, maxDisplay);
      const json = safely(() => toJson(value), undefined);
      const fits = typeof json === "string" && json.length <= maxResult;
      // Without a prototype: the workspace may have given all objects a toJSON.
      return stringify({
        __proto__: null,
        resultType: typeOf(value),
        display: shown,
        json: fits ? json : null,
        truncated: shown.length > maxDisplay || (typeof json === "string" && !fits),
      });
    },
    describeError(error) {
      const field = (name, fallback) =>
        safely(
          () => (isError(error) && typeof error[name] === "string" ? error[name].slice(0, maxError) : fallback),
          fallback,
        );
      return stringify({
        __proto__: null,
        name: field("name", "Thrown"),
        message: field("message", display(error, maxError)),
        stack: field("stack", ""),
      });
    },
    settle(call, value, error) {
      const waiting = apply(mapGet, calls, [call]);
      apply(mapDelete, calls, [call]);
      if (!waiting) return;
      if (error) waiting.reject(failure(parse(error)));
      else waiting.resolve(parse(value));
    },
    installed(name) {
      const handler = apply(mapGet, handlers, [name]);
      return handler ? handler.hash : "";
    },
    install(name, hash, run) {
      apply(mapSet, handlers, [name, { hash, run }]);
    },
    // In an array, as the completion of a cell with top-level await.
    async invoke(name, input) {
      const { run } = apply(mapGet, handlers, [name]);
      return [await run(parse(input))];
    },
  };
});
