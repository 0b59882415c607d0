// The built-ins that the prelude uses, saved before code of the workspace can replace them. The rest of the prelude may
// use only these, operators and own properties, because the workspace can change methods, iterators and inherited
// properties. It can also change template literals, which this engine compiles to calls of `concat`. The linter checks
// these rules.
(function () {
  const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
  const { bind, call, toString: functionText } = Function.prototype;
  const method = bind.bind(call);
  const getter = (prototype, key) => method(getOwnPropertyDescriptor(prototype, key).get);
  const string = String.prototype;

  /** An own property, with a descriptor that inherits nothing. */
  function ownProperty(object, key) {
    const property = getOwnPropertyDescriptor(object, key);
    if (property !== undefined) setPrototypeOf(property, null);
    return property;
  }

  const flags = { __proto__: null };
  for (const [flag, name] of [
    ["d", "hasIndices"],
    ["g", "global"],
    ["i", "ignoreCase"],
    ["m", "multiline"],
    ["s", "dotAll"],
    ["u", "unicode"],
    ["v", "unicodeSets"],
    ["y", "sticky"],
  ])
    if (name in RegExp.prototype) flags[flag] = getter(RegExp.prototype, name);

  return Object.freeze({
    __proto__: null,
    apply,
    defineProperty,
    freeze: Object.freeze,
    getPrototypeOf,
    ownKeys,
    ownProperty,
    global: globalThis,
    Error,
    Map,
    Math,
    Promise,
    TypeError,
    ErrorPrototype: Error.prototype,
    ObjectPrototype: Object.prototype,
    is: Object.is,
    isArray: Array.isArray,
    isFinite: Number.isFinite,
    isNaN: Number.isNaN,
    now: Date.now,
    parse: JSON.parse,
    parseFloat,
    parseInt,
    stringify: JSON.stringify,
    dateText: method(Date.prototype.toISOString),
    dateTime: method(Date.prototype.getTime),
    errorText: method(Error.prototype.toString),
    functionText: method(functionText),
    mapClear: method(Map.prototype.clear),
    mapDelete: method(Map.prototype.delete),
    mapForEach: method(Map.prototype.forEach),
    mapGet: method(Map.prototype.get),
    mapSet: method(Map.prototype.set),
    mapSize: getter(Map.prototype, "size"),
    objectText: method(Object.prototype.toString),
    regexpFlags: Object.freeze(flags),
    regexpSource: getter(RegExp.prototype, "source"),
    setForEach: method(Set.prototype.forEach),
    setSize: getter(Set.prototype, "size"),
    toStringTag: Symbol.toStringTag,
    toText: String,
    symbolText: method(Symbol.prototype.toString),
    typedArrayLength: getter(getPrototypeOf(Uint8Array.prototype), "length"),
    typedArrayName: getter(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag),
    codeAt: method(string.charCodeAt),
    indexOf: method(string.indexOf),
    lowerCase: method(string.toLowerCase),
    padEnd: method(string.padEnd),
    repeat: method(string.repeat),
    slice: method(string.slice),
    startsWith: method(string.startsWith),
    trimEnd: method(string.trimEnd),
  });
});
