// URLs (https://url.spec.whatwg.org). The host parses and writes them.
(function (platform) {
  "use strict";
  const { finish, need } = platform.use("classes");
  const { allOf, firstOf, forEach, make, pairsOf, replaced } = platform.use("iterators");

  const texts = (value) => `${value}`.toWellFormed();

  function ask(operation, value) {
    const answer = platform.ask(operation, value);
    if (answer.error === "memory") throw new RangeError("not enough memory");
    if (answer.error !== undefined) throw new TypeError(answer.error);
    return answer.value;
  }

  let partsOf;
  let setQuery;
  class URL {
    #parts;
    #params = null;
    constructor(url, base = undefined) {
      need(1, arguments.length, "URL");
      const text = texts(url);
      this.#parts = ask("url", base === undefined ? [text] : [text, texts(base)]);
    }
    static canParse(url, base = undefined) {
      need(1, arguments.length, "canParse");
      const text = texts(url);
      const answer = platform.ask("url", base === undefined ? [text] : [text, texts(base)]);
      return answer.error === undefined;
    }
    static parse(url, base = undefined) {
      need(1, arguments.length, "parse");
      try {
        return new URL(url, base);
      } catch {
        return null;
      }
    }
    #set(name, value) {
      this.#parts = ask("url.set", [this.#parts.href, name, texts(value)]);
      if (this.#params !== null && (name === "href" || name === "search")) fill(this.#params, this.#parts.search);
    }
    get href() {
      return this.#parts.href;
    }
    set href(value) {
      this.#set("href", value);
    }
    get origin() {
      return this.#parts.origin;
    }
    get protocol() {
      return this.#parts.protocol;
    }
    set protocol(value) {
      this.#set("protocol", value);
    }
    get username() {
      return this.#parts.username;
    }
    set username(value) {
      this.#set("username", value);
    }
    get password() {
      return this.#parts.password;
    }
    set password(value) {
      this.#set("password", value);
    }
    get host() {
      return this.#parts.host;
    }
    set host(value) {
      this.#set("host", value);
    }
    get hostname() {
      return this.#parts.hostname;
    }
    set hostname(value) {
      this.#set("hostname", value);
    }
    get port() {
      return this.#parts.port;
    }
    set port(value) {
      this.#set("port", value);
    }
    get pathname() {
      return this.#parts.pathname;
    }
    set pathname(value) {
      this.#set("pathname", value);
    }
    get search() {
      return this.#parts.search;
    }
    set search(value) {
      this.#set("search", value);
    }
    get searchParams() {
      if (!(#parts in this)) throw new TypeError("Illegal invocation");
      this.#params ??= fill(new URLSearchParams(), this.#parts.search, this);
      return this.#params;
    }
    get hash() {
      return this.#parts.hash;
    }
    set hash(value) {
      this.#set("hash", value);
    }
    toString() {
      return this.#parts.href;
    }
    toJSON() {
      return this.#parts.href;
    }
    static {
      partsOf = (url) => url.#parts;
      setQuery = (url, query) => {
        url.#parts = ask("url.set", [url.#parts.href, "search", query]);
      };
    }
  }
  finish(URL, [
    ...["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search"],
    ...["searchParams", "hash", "toString", "toJSON"],
  ]);
  for (const name of ["canParse", "parse"]) Object.defineProperty(URL, name, { __proto__: null, enumerable: true });

  let fill;
  let listOf;
  class URLSearchParams {
    #list = [];
    #url = null;
    constructor(init = "") {
      if (init === null || (typeof init !== "object" && typeof init !== "function")) {
        const query = texts(init);
        this.#list = ask("query.parse", query.startsWith("?") ? query.slice(1) : query);
        return;
      }
      this.#list = pairsOf(init, texts);
    }
    #changed() {
      if (this.#url !== null) setQuery(this.#url, this.toString());
    }
    get size() {
      return this.#list.length;
    }
    append(name, value) {
      need(2, arguments.length, "append");
      this.#list.push([texts(name), texts(value)]);
      this.#changed();
    }
    delete(name, value = undefined) {
      need(1, arguments.length, "delete");
      const key = texts(name);
      const wanted = value === undefined ? undefined : texts(value);
      const kept = this.#list.filter((pair) => pair[0] !== key || (wanted !== undefined && pair[1] !== wanted));
      this.#list.splice(0, Infinity, ...kept);
      this.#changed();
    }
    get(name) {
      need(1, arguments.length, "get");
      return firstOf(this.#list, texts(name));
    }
    getAll(name) {
      need(1, arguments.length, "getAll");
      return allOf(this.#list, texts(name));
    }
    has(name, value = undefined) {
      need(1, arguments.length, "has");
      const key = texts(name);
      const wanted = value === undefined ? undefined : texts(value);
      return this.#list.some((pair) => pair[0] === key && (wanted === undefined || pair[1] === wanted));
    }
    set(name, value) {
      need(2, arguments.length, "set");
      this.#list = replaced(this.#list, [texts(name), texts(value)]);
      this.#changed();
    }
    sort() {
      this.#list.sort((one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0));
      this.#changed();
    }
    forEach(callback, self = undefined) {
      need(1, arguments.length, "forEach");
      forEach(this, listOf, callback, self);
    }
    entries() {
      return iterator(this, (pair) => [pair[0], pair[1]]);
    }
    keys() {
      return iterator(this, (pair) => pair[0]);
    }
    values() {
      return iterator(this, (pair) => pair[1]);
    }
    toString() {
      return this.#list.length === 0 ? "" : ask("query.write", this.#list);
    }
    static {
      listOf = (params) => params.#list;
      fill = (params, search, url = params.#url) => {
        params.#list = search.length > 1 ? ask("query.parse", search.slice(1)) : [];
        params.#url = url;
        return params;
      };
    }
  }
  finish(URLSearchParams, [
    ...["size", "append", "delete", "get", "getAll", "has", "set", "sort", "forEach", "entries", "keys", "values"],
    "toString",
  ]);
  const { entries } = URLSearchParams.prototype;
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    __proto__: null,
    value: entries,
    writable: true,
    configurable: true,
  });

  const iterator = make("URLSearchParams", (params) => listOf(params));

  return { URL, URLSearchParams, partsOf };
});
