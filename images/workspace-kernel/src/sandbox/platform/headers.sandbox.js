// Headers of requests and responses (https://fetch.spec.whatwg.org/#headers-class).
(function (platform) {
  "use strict";
  const { finish, need } = platform.use("classes");
  const { make, pairsOf } = platform.use("iterators");
  const { TOKEN, trim } = platform.use("mime");

  /** Belong to the connection, or decide how the body is coded: a request ignores them. */
  const FORBIDDEN =
    /^(?:accept-encoding|connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

  function byteString(value) {
    const text = `${value}`;
    if (/[^\0-\xff]/.test(text)) throw new TypeError("Headers: a header has only characters up to U+00FF");
    return text;
  }

  function nameOf(value) {
    const name = byteString(value);
    if (!TOKEN.test(name)) throw new TypeError(`Headers: ${JSON.stringify(name.slice(0, 100))} is no name of a header`);
    return name.toLowerCase();
  }

  function valueOf(value) {
    const text = trim(byteString(value));
    if (/[\0\n\r]/.test(text)) throw new TypeError("Headers: a value has no line breaks and no U+0000");
    return text;
  }

  let combinedOf;
  let guard;
  class Headers {
    #list = [];
    #guard = "none";
    #combined;
    constructor(init = undefined) {
      if (init !== undefined) this.#fill(init);
    }
    #fill(init) {
      for (const [name, value] of pairsOf(init, byteString)) this.#append(nameOf(name), valueOf(value));
    }
    #append(name, value) {
      if (this.#allows(name)) this.#change([...this.#list, [name, value]]);
    }
    /** Whether a header of this name may be changed. */
    #allows(name) {
      if (this.#guard === "immutable") throw new TypeError("Headers: these cannot be changed");
      return this.#guard !== "request" || !FORBIDDEN.test(name);
    }
    #change(list) {
      this.#list = list;
      this.#combined = undefined;
    }
    append(name, value) {
      need(2, arguments.length, "append");
      this.#append(nameOf(name), valueOf(value));
    }
    delete(name) {
      need(1, arguments.length, "delete");
      const key = nameOf(name);
      if (this.#allows(key)) this.#change(this.#list.filter((header) => header[0] !== key));
    }
    get(name) {
      need(1, arguments.length, "get");
      const key = nameOf(name);
      const values = this.#list.filter((header) => header[0] === key);
      return values.length === 0 ? null : values.map((header) => header[1]).join(", ");
    }
    getSetCookie() {
      return this.#list.filter((header) => header[0] === "set-cookie").map((header) => header[1]);
    }
    has(name) {
      need(1, arguments.length, "has");
      const key = nameOf(name);
      return this.#list.some((header) => header[0] === key);
    }
    set(name, value) {
      need(2, arguments.length, "set");
      const [key, text] = [nameOf(name), valueOf(value)];
      if (!this.#allows(key)) return;
      const first = this.#list.findIndex((header) => header[0] === key);
      if (first < 0) return this.#change([...this.#list, [key, text]]);
      const others = this.#list.filter((header, index) => index <= first || header[0] !== key);
      this.#change(others.map((header, index) => (index === first ? [key, text] : header)));
    }
    forEach(callback, self = undefined) {
      need(1, arguments.length, "forEach");
      if (typeof callback !== "function") throw new TypeError("forEach: give a function");
      for (let index = 0; index < combinedOf(this).length; index += 1) {
        const [name, value] = combinedOf(this)[index];
        Reflect.apply(callback, self, [value, name, this]);
      }
    }
    entries() {
      return iterator(this, (header) => [header[0], header[1]]);
    }
    keys() {
      return iterator(this, (header) => header[0]);
    }
    values() {
      return iterator(this, (header) => header[1]);
    }
    /** Sorted, and those of one name as one, except cookies. */
    #combine() {
      const byName = new Map();
      for (const [name, value] of this.#list)
        if (byName.has(name)) byName.get(name).push(value);
        else byName.set(name, [value]);
      return [...byName.keys()].sort().flatMap((name) => {
        const values = byName.get(name);
        return name === "set-cookie" ? values.map((value) => [name, value]) : [[name, values.join(", ")]];
      });
    }
    static {
      combinedOf = (headers) => (headers.#combined ??= headers.#combine());
      guard = (kind, init) => {
        const headers = new Headers();
        if (kind !== "immutable") headers.#guard = kind;
        if (init !== undefined) headers.#fill(init);
        headers.#guard = kind;
        return headers;
      };
    }
  }
  finish(Headers, ["append", "delete", "get", "getSetCookie", "has", "set", "forEach", "entries", "keys", "values"]);
  const { entries } = Headers.prototype;
  Object.defineProperty(Headers.prototype, Symbol.iterator, {
    __proto__: null,
    value: entries,
    writable: true,
    configurable: true,
  });
  const iterator = make("Headers", (headers) => combinedOf(headers));

  // The rest is for other groups. `guard` makes headers of a kind.
  return { Headers, byteString, combinedOf, guard };
});
