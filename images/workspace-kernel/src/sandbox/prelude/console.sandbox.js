// The console (https://console.spec.whatwg.org). Its lines go to the host, which applies the limits.
(function (primordials, inspection, table, { log: hostLog, indent: hostIndent }) {
  const {
    defineProperty,
    Error,
    freeze,
    indexOf,
    Map,
    mapDelete,
    mapGet,
    mapSet,
    now,
    ObjectPrototype,
    parseFloat,
    parseInt,
    slice,
    toStringTag,
    toText,
    trimEnd,
  } = primordials;
  const { display, displayInside, safely } = inspection;
  const MAX_LABEL = 128;

  /** Checked first, so that an endless loop does not format lines that are dropped. */
  function print(level, make) {
    const left = hostLog(level);
    if (left > 0)
      hostLog(
        level,
        safely(() => make(left), "[cannot be shown]"),
      );
  }

  function formatted(specifier, value, left) {
    const isPlain = typeof value === "number" || typeof value === "bigint" || typeof value === "string";
    if (specifier === "s") return display(value, left);
    if (specifier === "d" || specifier === "i") return "" + (isPlain ? parseInt(value, 10) : NaN);
    if (specifier === "f") return "" + (isPlain ? parseFloat(value) : NaN);
    if (specifier === "j" || specifier === "o" || specifier === "O") return displayInside(value, left);
    return specifier === "c" ? "" : undefined;
  }

  /**
   * The values as one text. A text as the first value is a format with %s, %d, %i, %f, %j, %o, %O and %c for the
   * others.
   */
  function join(values, left, from) {
    let text = "";
    let next = from;
    const format = values[next];
    if (typeof format === "string" && next + 1 < values.length && indexOf(format, "%") >= 0) {
      next += 1;
      let done = 0;
      for (let at = indexOf(format, "%"); at >= 0 && at + 1 < format.length; at = indexOf(format, "%", at)) {
        const part =
          format[at + 1] === "%"
            ? "%"
            : next < values.length
              ? formatted(format[at + 1], values[next], left)
              : undefined;
        if (part !== undefined) {
          text += slice(format, done, at) + part;
          if (format[at + 1] !== "%") next += 1;
          done = at + 2;
        }
        at += 2;
      }
      text += slice(format, done);
    }
    for (let index = next; index < values.length && text.length < left; index += 1)
      text += (index > from ? " " : "") + display(values[index], left);
    return text;
  }

  const labelOf = (label) => (label === undefined ? "default" : slice(toText(label), 0, MAX_LABEL));

  const counts = new Map();
  const timers = new Map();

  function sinceStart(label, values) {
    const key = labelOf(label);
    const startedAt = mapGet(timers, key);
    if (startedAt === undefined) return print("warn", () => "Timer '" + key + "' does not exist");
    print("info", (left) => {
      const more = values.length > 1 ? " " + join(values, left, 1) : "";
      return key + ": " + (now() - startedAt) + " ms" + more;
    });
  }

  /** The caller's stack, without the console's own frames. */
  function callers() {
    const stack = "\n" + new Error().stack;
    let at = 0;
    for (let next = 0; next >= 0; next = indexOf(stack, "\n", at + 1)) {
      const end = indexOf(stack, "\n", next + 1);
      const frame = slice(stack, next, end < 0 ? stack.length : end);
      if (indexOf(frame, "prelude.js") < 0) return trimEnd(slice(stack, next));
      at = next;
      if (end < 0) break;
    }
    return "";
  }

  const printer = (level) => freeze((...values) => print(level, (left) => join(values, left, 0)));

  function group(...values) {
    if (values.length > 0) print("log", (left) => join(values, left, 0));
    hostIndent(1);
  }

  const console = {
    __proto__: { __proto__: ObjectPrototype },
    log: printer("log"),
    info: printer("info"),
    warn: printer("warn"),
    error: printer("error"),
    debug: printer("debug"),
    dirxml: printer("log"),
    dir: (value) => print("log", (left) => displayInside(value, left)),
    assert: (isTrue, ...values) => {
      if (isTrue) return;
      print("error", (left) => {
        const said = join(values, left, 0);
        return values.length > 0 ? "Assertion failed: " + said : "Assertion failed";
      });
    },
    trace: (...values) =>
      print("log", (left) => "Trace" + (values.length > 0 ? ": " + join(values, left, 0) : "") + callers()),
    table: (data, columns) =>
      print("log", (left) => safely(() => table(data, columns), undefined) ?? display(data, left)),
    group,
    groupCollapsed: group,
    groupEnd: () => void hostIndent(-1),
    clear: () => undefined,
    count: (label) => {
      const key = labelOf(label);
      const count = (mapGet(counts, key) ?? 0) + 1;
      mapSet(counts, key, count);
      print("info", () => key + ": " + count);
    },
    countReset: (label) => {
      const key = labelOf(label);
      if (!mapDelete(counts, key)) print("warn", () => "Count for '" + key + "' does not exist");
    },
    time: (label) => {
      const key = labelOf(label);
      if (mapGet(timers, key) !== undefined) return print("warn", () => "Timer '" + key + "' already exists");
      mapSet(timers, key, now());
    },
    timeLog: (...values) => sinceStart(values[0], values),
    timeEnd: (label) => {
      sinceStart(label, []);
      mapDelete(timers, labelOf(label));
    },
  };
  defineProperty(console, toStringTag, { __proto__: null, value: "console", configurable: true });
  return console;
});
