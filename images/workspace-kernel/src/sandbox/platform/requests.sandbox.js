// Requests (https://fetch.spec.whatwg.org/#request-class). What only pages have (origin, cookies, cache) is kept and read
// back, but changes nothing.
(function (platform) {
  "use strict";
  const { dictionary, finish, need } = platform.use("classes");
  const { AbortSignal, isSignal } = platform.use("aborts");
  const { extract, mixin } = platform.use("body");
  const { ask } = platform.use("encoding");
  const { Headers, byteString, combinedOf, guard } = platform.use("headers");
  const { TOKEN } = platform.use("mime");

  const SECRET = Symbol("constructed by the host");
  const USUAL = /^(?:delete|get|head|options|post|put)$/i;
  const FORBIDDEN = /^(?:connect|trace|track)$/i;
  /** Values of the options, the default first. */
  const CHOICES = {
    cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
    credentials: ["same-origin", "omit", "include"],
    mode: ["cors", "same-origin", "no-cors", "navigate"],
    redirect: ["follow", "error", "manual"],
    referrerPolicy: [
      ...["", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin"],
      ...["origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url"],
    ],
    duplex: ["half"],
    priority: ["auto", "high", "low"],
  };
  const MEMBERS = [
    ...["body", "cache", "credentials", "duplex", "headers", "integrity", "keepalive", "method", "mode", "priority"],
    ...["redirect", "referrer", "referrerPolicy", "signal", "window"],
  ];

  const refuse = (message) => {
    throw new TypeError(`Request: ${message}`);
  };

  /** Text of an absolute URL: there is no page that others are relative to. */
  function urlOf(value) {
    const { href, username, password } = ask("url", [`${value}`.toWellFormed()]);
    if (username !== "" || password !== "") refuse("the URL must not have a user name or password");
    return href;
  }

  function methodOf(value) {
    const method = byteString(value);
    if (!TOKEN.test(method) || FORBIDDEN.test(method)) refuse(`the method ${method.slice(0, 100)} is not allowed`);
    return USUAL.test(method) ? method.toUpperCase() : method;
  }

  /** The members that are there, each read once. */
  function membersOf(init) {
    const given = {};
    for (const name of MEMBERS) {
      const value = init[name];
      if (value !== undefined) given[name] = value;
    }
    return given;
  }

  function choiceOf(name, value) {
    const chosen = `${value}`;
    if (!CHOICES[name].includes(chosen)) refuse(`${name} must be one of ${CHOICES[name].join(", ")}`);
    return chosen;
  }

  function referrerOf(value) {
    const text = `${value}`;
    if (text === "") return "";
    ask("url", [text]);
    // Nothing here has an origin, so no other referrer is of the same.
    return "about:client";
  }

  const FRESH = {
    method: "GET",
    cache: "default",
    credentials: "same-origin",
    integrity: "",
    keepalive: false,
    mode: "cors",
    redirect: "follow",
    referrer: "about:client",
    referrerPolicy: "",
    signal: undefined,
  };

  function stateOf(input, init) {
    const from = isRequest(input) ? stateFrom(input) : undefined;
    const url = from === undefined ? urlOf(input) : from.url;
    const given = membersOf(dictionary(init));
    const isChanged = Object.keys(given).length > 0;
    const state = { ...(from ?? FRESH), url, ...(isChanged ? { referrer: "about:client", referrerPolicy: "" } : {}) };
    if (given.window !== undefined && given.window !== null) refuse("window must be null");
    if (given.referrer !== undefined) state.referrer = referrerOf(given.referrer);
    for (const name of ["cache", "credentials", "mode", "redirect", "referrerPolicy", "duplex", "priority"])
      if (given[name] !== undefined) state[name] = choiceOf(name, given[name]);
    if (given.mode !== undefined && state.mode === "navigate") refuse("mode must not be navigate");
    if (state.cache === "only-if-cached" && state.mode !== "same-origin")
      refuse("cache only-if-cached needs the mode same-origin");
    if (given.integrity !== undefined) state.integrity = `${given.integrity}`;
    if (given.keepalive !== undefined) state.keepalive = !!given.keepalive;
    if (given.method !== undefined) state.method = methodOf(given.method);
    if (given.signal === null) state.signal = undefined;
    else if (given.signal !== undefined)
      state.signal = isSignal(given.signal) ? given.signal : refuse("signal must be an AbortSignal");
    state.headers = guard("request", "headers" in given ? given.headers : from && combinedOf(from.headers));
    state.body = bodyOf(given, from, state);
    return state;
  }

  function bodyOf(given, from, { headers, method }) {
    const hasOwn = given.body !== undefined && given.body !== null;
    const hasOther = from !== undefined && from.body !== null;
    if ((hasOwn || hasOther) && (method === "GET" || method === "HEAD")) refuse(`${method} has no body`);
    if (!hasOwn) {
      if (!hasOther) return null;
      if (from.body.isUnusable) refuse("the body of the other request was read");
      return from.body.take();
    }
    const body = extract(given.body);
    if (body.isStream && given.duplex === undefined) refuse('a stream as the body needs duplex: "half"');
    if (body.isStream && given.keepalive) refuse("a stream as the body cannot be sent with keepalive");
    if (body.type !== null && !headers.has("content-type")) headers.append("content-type", body.type);
    return body;
  }

  let stateFrom;
  let isRequest;
  class Request {
    #state;
    #signal;
    constructor(input, init = undefined) {
      need(1, arguments.length, "Request");
      this.#state = input === SECRET ? init : stateOf(input, init);
    }
    get method() {
      return this.#state.method;
    }
    get url() {
      return this.#state.url;
    }
    get headers() {
      return this.#state.headers;
    }
    get destination() {
      void this.#state;
      return "";
    }
    get referrer() {
      return this.#state.referrer;
    }
    get referrerPolicy() {
      return this.#state.referrerPolicy;
    }
    get mode() {
      return this.#state.mode;
    }
    get credentials() {
      return this.#state.credentials;
    }
    get cache() {
      return this.#state.cache;
    }
    get redirect() {
      return this.#state.redirect;
    }
    get integrity() {
      return this.#state.integrity;
    }
    get keepalive() {
      return this.#state.keepalive;
    }
    get duplex() {
      void this.#state;
      return "half";
    }
    get signal() {
      // Made when somebody asks: the other signal keeps all that depend on it.
      const { signal } = this.#state;
      this.#signal ??= AbortSignal.any(signal === undefined ? [] : [signal]);
      return this.#signal;
    }
    clone() {
      const { body, headers, ...rest } = this.#state;
      if (body !== null && body.isUnusable) throw new TypeError("Request: its body was read");
      const copied = { body: body === null ? null : body.copy(), headers: guard("request", combinedOf(headers)) };
      return new Request(SECRET, { ...rest, ...copied });
    }
    static {
      stateFrom = (request) => request.#state;
      isRequest = (value) => typeof value === "object" && value !== null && #state in value;
    }
  }
  finish(Request, [
    ...["method", "url", "headers", "destination", "referrer", "referrerPolicy", "mode", "credentials", "cache"],
    ...["redirect", "integrity", "keepalive", "duplex", "signal", "clone"],
  ]);
  mixin(Request, stateFrom);

  return { Headers, Request, stateFrom };
});
