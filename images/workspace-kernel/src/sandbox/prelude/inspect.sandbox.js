// Any value as text for people, similar to util.inspect of Node.js.
(function (primordials, { promise: hostPromise }) {
  const { ErrorPrototype, ObjectPrototype, getPrototypeOf, is, isArray, isNaN, ownKeys, ownProperty, stringify } =
    primordials;
  const { dateText, dateTime, errorText, functionText, mapForEach, mapSize, objectText, regexpFlags, regexpSource } =
    primordials;
  const { setForEach, setSize, symbolText, typedArrayLength, typedArrayName } = primordials;
  const { codeAt, indexOf, lowerCase, slice, startsWith, trimEnd } = primordials;
  const MAX_DEPTH = 4;
  const MAX_ITEMS = 100;
  const MAX_LINE = 72;

  // Getters or proxies of a value may throw; that must not make the execution fail.
  function safely(make, fallback) {
    try {
      return make();
    } catch {
      return fallback;
    }
  }

  function isError(value) {
    if (typeof value !== "object" || value === null) return false;
    for (let prototype = getPrototypeOf(value); prototype !== null; prototype = getPrototypeOf(prototype))
      if (prototype === ErrorPrototype) return true;
    return false;
  }

  const isLetter = (code) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 36 || code === 95;

  function isIdentifier(text) {
    for (let at = 0; at < text.length; at += 1) {
      const code = codeAt(text, at);
      if (!isLetter(code) && (at === 0 || code < 48 || code > 57)) return false;
    }
    return text !== "";
  }

  /** The text with two more spaces at the start of every line but the first. */
  function indent(text) {
    let result = "";
    let from = 0;
    for (let at = indexOf(text, "\n"); at >= 0; at = indexOf(text, "\n", from)) {
      result += slice(text, from, at + 1) + "  ";
      from = at + 1;
    }
    return result + slice(text, from);
  }

  /** The real type of a value, whatever its properties claim. */
  function brandOf(value) {
    if (isArray(value)) return "array";
    const prototype = getPrototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null) return "object";
    if (isError(value)) return "error";
    if (typedArrayName(value) !== undefined) return "typedArray";
    if (hostPromise(value, false) !== undefined) return "promise";
    if (safely(() => mapSize(value), undefined) !== undefined) return "map";
    if (safely(() => setSize(value), undefined) !== undefined) return "set";
    if (safely(() => dateTime(value), undefined) !== undefined) return "date";
    if (safely(() => regexpSource(value), undefined) !== undefined) return "regexp";
    return "object";
  }

  function flagsOf(value) {
    let text = "";
    const flags = ownKeys(regexpFlags);
    for (let index = 0; index < flags.length; index += 1) {
      const isSet = regexpFlags[flags[index]];
      if (isSet(value)) text += flags[index];
    }
    return text;
  }

  function className(object) {
    const prototype = getPrototypeOf(object);
    if (prototype === null) return "[Object: null prototype]";
    if (prototype === ObjectPrototype) return "Object";
    const made = ownProperty(prototype, "constructor");
    const name = made !== undefined && typeof made.value === "function" ? made.value.name : undefined;
    return typeof name === "string" ? name : "Object";
  }

  /** Stops after `limit` characters. `first` is the depth that the value is shown at. */
  function inspect(value, limit, first) {
    let left = limit;
    const spend = (text) => {
      const kept = text.length > left ? slice(text, 0, left) + "…" : text;
      left -= kept.length;
      return kept;
    };

    /** The texts that `each` adds, between two others; `add` returns whether there is room for more. */
    function group(open, close, each) {
      const space = open[open.length - 1] === "[" ? "" : " ";
      let oneLine = "";
      let lines = "";
      let count = 0;
      each((item) => {
        if (count > MAX_ITEMS) return false;
        const isFull = left <= 0 || count === MAX_ITEMS;
        const text = isFull ? "…" : item();
        oneLine += count > 0 ? ", " + text : text;
        lines += (count > 0 ? ",\n  " : "\n  ") + indent(text);
        count = isFull ? MAX_ITEMS + 1 : count + 1;
        return !isFull;
      });
      if (count === 0) return open + close;
      if (oneLine.length > MAX_LINE || indexOf(oneLine, "\n") >= 0) return open + lines + "\n" + close;
      return "" + open + space + oneLine + space + close;
    }

    function keyText(key) {
      if (typeof key === "symbol") return "[" + symbolText(key) + "]";
      return isIdentifier(key) ? key : stringify(key);
    }

    function properties(object, path) {
      const keys = ownKeys(object);
      return (add) => {
        for (let index = 0; index < keys.length; index += 1) {
          const property = ownProperty(object, keys[index]);
          if (property === undefined || !property.enumerable) continue;
          const item = () => {
            const name = spend(keyText(keys[index]) + ": ");
            if (property.get !== undefined) return name + "[Getter]";
            return name + (property.set !== undefined ? "[Setter]" : show(property.value, path));
          };
          if (!add(item)) return;
        }
      };
    }

    const elements = (array, length, path) => (add) => {
      for (let index = 0; index < length; index += 1)
        if (!add(() => (index in array ? show(array[index], path) : "<empty>"))) return;
    };

    const mapItems = (map, path) => (add) =>
      mapForEach(map, (item, key) => void add(() => show(key, path) + " => " + show(item, path)));
    const setItems = (set, path) => (add) => setForEach(set, (item) => void add(() => show(item, path)));

    function showFunction(value) {
      const isClass = startsWith(functionText(value), "class");
      const named = value.name;
      const name = typeof named === "string" && named !== "" ? named : "(anonymous)";
      return spend(isClass ? "[class " + name + "]" : "[Function: " + name + "]");
    }

    function showPromise(promise, path) {
      const state = hostPromise(promise, false);
      if (state === "pending") return spend("Promise { <pending> }");
      const mark = state === "rejected" ? "<rejected> " : "";
      return group("Promise {", "}", (add) => add(() => spend(mark) + show(hostPromise(promise, true), path)));
    }

    function showError(error, depth) {
      const heading = errorText(error);
      const stack = depth === 0 ? error.stack : undefined;
      if (typeof stack !== "string" || stack === "") return spend("[" + heading + "]");
      return spend(trimEnd(heading + "\n" + stack));
    }

    function showObject(value, path) {
      const brand = brandOf(value);
      if (brand === "error") return showError(value, path.depth - 1);
      if (brand === "date") return spend(isNaN(dateTime(value)) ? "Invalid Date" : dateText(value));
      if (brand === "regexp") return spend("/" + regexpSource(value) + "/" + flagsOf(value));
      if (path.depth - 1 > MAX_DEPTH) return spend(brand === "array" ? "[Array]" : "[Object]");
      if (brand === "array") return group("[", "]", elements(value, value.length, path));
      if (brand === "promise") return showPromise(value, path);
      if (brand === "map") return group("Map(" + mapSize(value) + ") {", "}", mapItems(value, path));
      if (brand === "set") return group("Set(" + setSize(value) + ") {", "}", setItems(value, path));
      if (brand === "typedArray") {
        const length = typedArrayLength(value);
        return group(typedArrayName(value) + "(" + length + ") [", "]", elements(value, length, path));
      }
      const name = className(value);
      return group(name === "Object" ? "{" : name + " {", "}", properties(value, path));
    }

    /** `path` has the objects that contain the value, the innermost first. */
    function show(value, path) {
      switch (typeof value) {
        case "string": {
          if (path.depth === 0) return spend(value);
          return spend(stringify(value.length > left ? slice(value, 0, left) + "…" : value));
        }
        case "bigint":
          return spend(value + "n");
        case "symbol":
          return spend(symbolText(value));
        case "function":
          return showFunction(value);
        case "object": {
          if (value === null) return spend("null");
          for (let outer = path; outer !== null; outer = outer.path)
            if (outer.value === value) return spend("[Circular]");
          return showObject(value, { __proto__: null, value, path, depth: path.depth + 1 });
        }
        default:
          return spend(is(value, -0) ? "-0" : "" + value);
      }
    }
    return show(value, { __proto__: null, value: undefined, path: null, depth: first });
  }

  const shown = (value, limit, first) => safely(() => inspect(value, limit, first), "[cannot be shown]");

  /** The name of what a value is, in one word. */
  function typeOf(value) {
    if (value === null) return "null";
    if (typeof value !== "object") return typeof value;
    const brand = safely(() => brandOf(value), "object");
    if (brand === "typedArray") return lowerCase(typedArrayName(value));
    if (brand !== "object") return brand;
    return safely(() => lowerCase(slice(objectText(value), 8, -1)), brand);
  }

  return {
    __proto__: null,
    display: (value, limit) => shown(value, limit, 0),
    /** The same for a value inside another one. */
    displayInside: (value, limit) => shown(value, limit, 1),
    /** The same on one line, without the content. */
    displayShort: (value, limit) => shown(value, limit, MAX_DEPTH + 1),
    isError,
    isPromise: (value) => safely(() => hostPromise(value, false), undefined) !== undefined,
    safely,
    typeOf,
  };
});
