// What classes of the standards have in common (https://webidl.spec.whatwg.org).
(function (platform) {
  "use strict";

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

  /** An optional argument whose members are options. */
  function dictionary(value) {
    if (value === undefined || value === null) return {};
    if (typeof value !== "object" && typeof value !== "function") throw new TypeError("options must be an object");
    return value;
  }

  return { finish, constants, need, dictionary };
});
