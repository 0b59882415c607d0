// Responses (https://fetch.spec.whatwg.org/#response-class).
(function (platform) {
  "use strict";
  const { dictionary, finish, need } = platform.use("classes");
  const { ask } = platform.use("encoding");
  const { extract, mixin } = platform.use("body");
  const { byteString, combinedOf, guard } = platform.use("headers");

  const SECRET = Symbol("constructed by the host");
  const NO_BODY = [101, 103, 204, 205, 304];
  const REDIRECTS = [301, 302, 303, 307, 308];
  const NEW = { type: "default", url: "", isRedirected: false };

  const statusOf = (value) => (Number(value) >>> 0) & 0xffff;

  /** @param body a body; null for none */
  function stateOf(body, init) {
    const { headers, status: given = 200, statusText: text = "" } = dictionary(init);
    const status = statusOf(given);
    const statusText = byteString(text);
    if (status < 200 || status > 599) throw new RangeError(`Response: the status must be 200 to 599, not ${status}`);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(statusText))
      throw new TypeError("Response: statusText has control characters");
    if (body !== null && NO_BODY.includes(status)) throw new TypeError(`Response: the status ${status} has no body`);
    const state = { ...NEW, status, statusText, body, headers: guard("response", headers) };
    if (body !== null && body.type !== null && !state.headers.has("content-type"))
      state.headers.append("content-type", body.type);
    return state;
  }

  let stateFrom;
  class Response {
    #state;
    constructor(body = null, init = undefined) {
      this.#state = body === SECRET ? init : stateOf(body === null ? null : extract(body), init);
    }
    static error() {
      const none = { ...NEW, type: "error", status: 0, statusText: "", body: null };
      return new Response(SECRET, { ...none, headers: guard("immutable") });
    }
    static redirect(url, status = 302) {
      need(1, arguments.length, "redirect");
      const { href } = ask("url", [`${url}`.toWellFormed()]);
      const code = statusOf(status);
      if (!REDIRECTS.includes(code))
        throw new RangeError(`redirect: the status must be one of ${REDIRECTS.join(", ")}`);
      const rest = { ...NEW, status: code, statusText: "", body: null };
      return new Response(SECRET, { ...rest, headers: guard("immutable", { location: href }) });
    }
    static json(data, init = undefined) {
      need(1, arguments.length, "json");
      const text = JSON.stringify(data);
      if (text === undefined) throw new TypeError("json: JSON cannot hold the value");
      const body = extract(text);
      body.type = "application/json";
      return new Response(SECRET, stateOf(body, init));
    }
    get type() {
      return this.#state.type;
    }
    get url() {
      return this.#state.url;
    }
    get redirected() {
      return this.#state.isRedirected;
    }
    get status() {
      return this.#state.status;
    }
    get ok() {
      return this.#state.status >= 200 && this.#state.status < 300;
    }
    get statusText() {
      return this.#state.statusText;
    }
    get headers() {
      return this.#state.headers;
    }
    clone() {
      const { body, headers, ...rest } = this.#state;
      if (body !== null && body.isUnusable) throw new TypeError("Response: its body was read");
      const kind = rest.type === "default" ? "response" : "immutable";
      const copied = { body: body === null ? null : body.copy(), headers: guard(kind, combinedOf(headers)) };
      return new Response(SECRET, { ...rest, ...copied });
    }
    static {
      stateFrom = (response) => response.#state;
    }
  }
  finish(Response, ["type", "url", "redirected", "status", "ok", "statusText", "headers", "clone"]);
  for (const name of ["error", "redirect", "json"])
    Object.defineProperty(Response, name, { __proto__: null, enumerable: true });
  mixin(Response, (response) => stateFrom(response));

  /** A response of the network. */
  const received = ({ status, statusText, headers, url, isRedirected, body }) =>
    new Response(SECRET, {
      type: "basic",
      ...{ status, statusText, url, isRedirected, headers: guard("immutable", headers) },
      body: NO_BODY.includes(status) ? null : body,
    });

  return { Response, received };
});
