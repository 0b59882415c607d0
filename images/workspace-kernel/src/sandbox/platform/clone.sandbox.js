// structuredClone (https://html.spec.whatwg.org/#structured-cloning).
(function (platform) {
  "use strict";
  const { dictionary, need } = platform.use("classes");
  const { DOMException, isDomException } = platform.use("exceptions");

  const getter = (prototype, name) =>
    Function.prototype.call.bind(Object.getOwnPropertyDescriptor(prototype, name).get);
  const method = (prototype, name) => Function.prototype.call.bind(prototype[name]);
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
  const typedArrayName = getter(typedArray, Symbol.toStringTag);
  const isView = ArrayBuffer.isView;
  // Each throws for a value of another kind.
  const kinds = [
    ["boolean", method(Boolean.prototype, "valueOf"), "Boolean"],
    ["number", method(Number.prototype, "valueOf"), "Number"],
    ["string", method(String.prototype, "valueOf"), "String"],
    ["bigint", method(BigInt.prototype, "valueOf")],
    ["symbol", method(Symbol.prototype, "valueOf")],
    ["date", method(Date.prototype, "getTime"), "Date"],
    ["regexp", getter(RegExp.prototype, "source"), "RegExp"],
    ["map", getter(Map.prototype, "size"), "Map"],
    ["set", getter(Set.prototype, "size"), "Set"],
    ["buffer", getter(ArrayBuffer.prototype, "byteLength"), "ArrayBuffer"],
    ["shared", getter(SharedArrayBuffer.prototype, "byteLength")],
    ["weak", (value) => method(WeakMap.prototype, "has")(value, value)],
    ["weak", (value) => method(WeakSet.prototype, "has")(value, value)],
    ["weak", method(WeakRef.prototype, "deref")],
  ];

  const data = { __proto__: null, writable: true, enumerable: true, configurable: true };

  const errorNames = ["EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"];
  const errorClasses = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

  function refuse(what) {
    throw new DOMException(`${what} could not be cloned`, "DataCloneError");
  }

  function kindOf(value) {
    if (Array.isArray(value)) return "array";
    if (isView(value)) return "view";
    if (isDomException(value)) return "exception";
    if (platform.isLoaded("files") && platform.use("files").isBlob(value)) return "blob";
    if (Error.isError(value)) return "error";
    // Most objects. The search for another kind is slow, because each error of it describes the whole stack.
    const tag = Object.prototype.toString.call(value);
    if (tag === "[object Object]") return "object";
    return slotOf(value, tag) ?? (platform.isPromise(value) || isForeign(value) ? "foreign" : "object");
  }

  const hints = new Map(kinds.flatMap((kind) => (kind[2] === undefined ? [] : [[`[object ${kind[2]}]`, kind]])));

  function slotOf(value, tag) {
    const hint = hints.get(tag);
    return (hint && slotIs(hint, value)) ?? kinds.reduce((found, kind) => found ?? slotIs(kind, value), undefined);
  }

  function slotIs([kind, read], value) {
    try {
      read(value);
      return kind;
    } catch {
      return undefined;
    }
  }

  /** Objects of the interfaces here and generators have no copies. */
  function isForeign(value) {
    for (let prototype = value; prototype !== null; prototype = Object.getPrototypeOf(prototype))
      if (platform.isInterface(prototype) || generators.includes(prototype)) return true;
    return false;
  }
  const generators = [
    Object.getPrototypeOf(function* () {}).prototype,
    Object.getPrototypeOf(async function* () {}).prototype,
    Iterator.prototype,
  ];

  class Copy {
    #known;
    constructor(known) {
      this.#known = known;
    }

    of(value) {
      if (typeof value === "symbol") refuse(String(value));
      if (typeof value === "function") refuse(`function ${value.name}`);
      if (typeof value !== "object" || value === null) return value;
      if (this.#known.has(value)) return this.#known.get(value);
      return this.#object(value);
    }

    #keep(value, copy) {
      this.#known.set(value, copy);
      return copy;
    }

    #object(value) {
      const kind = kindOf(value);
      switch (kind) {
        case "boolean":
        case "number":
        case "string":
        case "bigint":
          return this.#keep(value, Object(kinds.find(([name]) => name === kind)[1](value)));
        case "date":
          return this.#keep(value, new Date(Date.prototype.getTime.call(value)));
        case "regexp":
          return this.#keep(value, new RegExp(value.source, value.flags));
        case "buffer":
          return this.#keep(value, copyOf(value));
        case "view":
          return this.#view(value);
        case "map":
          return this.#map(value);
        case "set":
          return this.#set(value);
        case "error":
          return this.#error(value);
        case "blob":
          return this.#keep(value, platform.use("files").copyOf(value));
        case "exception":
          return this.#keep(value, new DOMException(value.message, value.name));
        case "array": {
          const copy = [];
          copy.length = value.length;
          return this.#members(value, this.#keep(value, copy));
        }
        case "object":
          return this.#members(value, this.#keep(value, {}));
        default:
          return refuse(kind === "symbol" ? "a symbol" : Object.prototype.toString.call(value));
      }
    }

    #members(value, copy) {
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(value, key)) continue;
        const member = this.of(value[key]);
        if (key in copy) Object.defineProperty(copy, key, { ...data, value: member });
        else copy[key] = member;
      }
      return copy;
    }

    #view(value) {
      const name = typedArrayName(value);
      const { buffer, byteOffset } = value;
      if (buffer.detached) refuse("a view of a detached buffer");
      const copy = this.of(buffer);
      const constructor = name === undefined ? DataView : globalThis[name];
      const tracks = buffer.resizable && isTracking(value);
      const length = name === undefined ? value.byteLength : value.length;
      return this.#keep(value, tracks ? new constructor(copy, byteOffset) : new constructor(copy, byteOffset, length));
    }

    #map(value) {
      const copy = this.#keep(value, new Map());
      const entries = [];
      Map.prototype.forEach.call(value, (item, key) => void entries.push([key, item]));
      for (const [key, item] of entries) Map.prototype.set.call(copy, this.of(key), this.of(item));
      return copy;
    }

    #set(value) {
      const copy = this.#keep(value, new Set());
      const items = [];
      Set.prototype.forEach.call(value, (item) => void items.push(item));
      for (const item of items) Set.prototype.add.call(copy, this.of(item));
      return copy;
    }

    #error(value) {
      const { name } = value;
      const known = errorNames.includes(name) ? name : "Error";
      const own = (key) => Object.getOwnPropertyDescriptor(value, key);
      const message = own("message");
      const copy = Object.create(errorClasses[known].prototype);
      const error = this.#keep(value, Object.setPrototypeOf(new Error(), Object.getPrototypeOf(copy)));
      delete error.message;
      const put = (key, item) =>
        Object.defineProperty(error, key, { __proto__: null, value: item, writable: true, configurable: true });
      if (message !== undefined && "value" in message) put("message", `${message.value}`);
      const { stack } = value;
      if (typeof stack === "string") put("stack", stack);
      const cause = own("cause");
      if (cause !== undefined && "value" in cause) put("cause", this.of(cause.value));
      return error;
    }
  }

  function copyOf(buffer) {
    if (buffer.detached) refuse("a detached buffer");
    if (!buffer.resizable) return ArrayBuffer.prototype.slice.call(buffer, 0);
    const copy = new ArrayBuffer(buffer.byteLength, { maxByteLength: buffer.maxByteLength });
    new Uint8Array(copy).set(new Uint8Array(buffer));
    return copy;
  }

  /** Whether a view has no length of its own: it then ends where its buffer does. */
  const isTracking = ({ buffer, byteOffset, byteLength }) => byteOffset + byteLength === buffer.byteLength;

  function structuredClone(value, options) {
    need(1, arguments.length, "structuredClone");
    const { transfer } = dictionary(options);
    const list = transfer === undefined ? [] : [...transfer];
    const copies = new Map();
    for (const one of list) {
      if (typeof one !== "object" || one === null) throw new TypeError("transfer: give objects");
      if (slotOf(one, "[object ArrayBuffer]") !== "buffer" || copies.has(one))
        refuse("what cannot be transferred, or is named twice,");
      copies.set(one, copyOf(one));
    }
    const copy = new Copy(copies).of(value);
    // Only when nothing can fail any more.
    for (const one of list) one.transfer();
    return copy;
  }

  return { structuredClone };
});
