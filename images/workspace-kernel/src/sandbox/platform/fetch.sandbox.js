// Calls to other hosts (https://fetch.spec.whatwg.org/#fetch-method). The host makes them, and allows only some.
(function (platform) {
  "use strict";
  const { need } = platform.use("classes");
  const { onAbort } = platform.use("aborts");
  const { atob } = platform.use("encoding");
  const mime = platform.use("mime");
  const { Body } = platform.use("body");
  const { Headers, combinedOf } = platform.use("headers");
  const { Request, stateFrom } = platform.use("requests");
  const { Response, received } = platform.use("responses");

  /** The value of a promise, unless the signal is aborted before. */
  function unlessAborted(promise, signal, cancel) {
    if (signal === undefined) return promise;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const forget = onAbort(signal, () => {
        cancel();
        reject(signal.reason);
      });
      promise.then(resolve, reject).finally(forget);
    });
  }

  function base64Of(bytes) {
    const answer = platform.decode({ encoding: "base64" }, bytes.slice().buffer);
    if (answer.error !== undefined) throw new RangeError("not enough memory");
    return answer.value.text;
  }

  function bytesOf(base64) {
    const buffer = platform.bytes("base64", base64);
    if (buffer === undefined) throw new RangeError("not enough memory");
    return new Uint8Array(buffer);
  }

  /** Whether the bytes have one of the digests of the strongest algorithm (https://w3c.github.io/webappsec-subresource-integrity). */
  function hasIntegrity(bytes, integrity) {
    const known = integrity.split(/[\t\n\f\r ]+/).flatMap((one) => {
      const parts = /^sha(256|384|512)-([^?]+)/.exec(one);
      return parts === null ? [] : [{ strength: Number(parts[1]), digest: parts[2] }];
    });
    if (known.length === 0) return true;
    const strongest = Math.max(...known.map(({ strength }) => strength));
    const found = base64Of(new Uint8Array(platform.bytes("digest", `SHA-${strongest}`, bytes.slice().buffer)));
    const plain = (text) => text.replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "");
    return known.some(({ strength, digest }) => strength === strongest && plain(digest) === plain(found));
  }

  /** The response of a data URL (https://fetch.spec.whatwg.org/#data-urls), which needs no network. */
  function readData(url) {
    const text = url.split("#", 1)[0].slice("data:".length);
    const comma = text.indexOf(",");
    if (comma < 0) throw new TypeError("fetch failed: the data URL has no comma");
    const said = mime.trim(text.slice(0, comma));
    const coded = /; *base64$/i.exec(said);
    const type = coded === null ? said : said.slice(0, coded.index);
    const known = mime.parse(type.startsWith(";") ? `text/plain${type}` : type);
    const content = percentDecoded(text.slice(comma + 1));
    let bytes = content;
    try {
      if (coded !== null) bytes = Uint8Array.from(atob(String.fromCharCode(...content)), (char) => char.charCodeAt(0));
    } catch (cause) {
      throw new TypeError("fetch failed: the data URL is not base64", { cause });
    }
    const contentType = known === undefined ? "text/plain;charset=US-ASCII" : mime.write(known);
    const headers = [["Content-Type", contentType]];
    return { status: 200, statusText: "OK", url, isRedirected: false, headers, bytes };
  }

  /** Bytes of a part of a URL, which is ASCII. */
  function percentDecoded(text) {
    const bytes = [];
    for (let at = 0; at < text.length; at += 1) {
      const hex = text[at] === "%" ? /^[\da-f]{2}/i.exec(text.slice(at + 1, at + 3)) : null;
      bytes.push(hex === null ? text.charCodeAt(at) : Number.parseInt(hex[0], 16));
      if (hex !== null) at += 2;
    }
    return new Uint8Array(bytes);
  }

  async function fetch(input, init = undefined) {
    need(1, arguments.length, "fetch");
    const { body, headers, integrity, method, redirect, signal, url } = stateFrom(new Request(input, init));
    signal?.throwIfAborted();
    if (/^data:/.test(url)) return responseOf(readData(url), method, integrity);
    const request = { url, method, redirect, headers: { accept: "*/*", ...Object.fromEntries(combinedOf(headers)) } };
    if (body !== null) request.body = base64Of(await unlessAborted(body.read(), signal, () => undefined));
    const { promise, cancel } = platform.begin("fetch", request);
    const failed = (error) => {
      throw new TypeError(`fetch failed: ${error.message}`, { cause: error });
    };
    const answer = await unlessAborted(promise.catch(failed), signal, cancel);
    return responseOf({ ...answer, bytes: bytesOf(answer.body) }, method, integrity);
  }

  function responseOf(answer, method, integrity) {
    if (!hasIntegrity(answer.bytes, integrity))
      throw new TypeError("fetch failed: the response has another digest than integrity says");
    return received({ ...answer, body: method === "HEAD" ? null : new Body(answer.bytes, null) });
  }

  return { fetch, Headers, Request, Response };
});
