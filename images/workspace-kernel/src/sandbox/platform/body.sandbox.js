// Bodies of requests and responses (https://fetch.spec.whatwg.org/#body-mixin). Their bytes are in memory. A stream is
// made only for code that asks for one, because the library of the streams takes much memory.
(function (platform) {
  "use strict";
  const { TextDecoder, TextEncoder, bytesOf } = platform.use("encoding");
  const mime = platform.use("mime");

  const encoder = new TextEncoder();
  const isObject = (value) => typeof value === "object" && value !== null;
  const isOf = (group, name, value) => platform.isLoaded(group) && value instanceof platform.use(group)[name];
  const isBuffer = (value) =>
    ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === "[object ArrayBuffer]";

  /** A stream of bytes that are in memory. */
  const streamOf = (bytes) => new (platform.use("files").Blob)([bytes]).stream();

  async function readAll(stream) {
    const reader = stream.getReader();
    const chunks = [];
    let length = 0;
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (Object.prototype.toString.call(value) !== "[object Uint8Array]")
        throw new TypeError("The stream of a body must give only Uint8Arrays");
      chunks.push(value);
      length += value.length;
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  class Body {
    #bytes;
    #stream;
    #isUsed = false;
    /** @param source bytes that nobody changes, or a stream */
    constructor(source, type) {
      if (source instanceof Uint8Array) this.#bytes = source;
      else this.#stream = source;
      this.type = type;
    }
    /** Given as a stream, so that its length is not known. */
    get isStream() {
      return this.#bytes === undefined;
    }
    get isUsed() {
      // The library's own field: the standard says "disturbed", which nothing public tells.
      return this.#isUsed || (this.#stream !== undefined && this.#stream._disturbed);
    }
    get isUnusable() {
      return this.isUsed || (this.#stream !== undefined && this.#stream.locked);
    }
    get stream() {
      if (this.#stream === undefined) {
        this.#stream = streamOf(this.#bytes);
        if (this.#isUsed) void this.#stream.getReader().cancel();
      }
      return this.#stream;
    }
    async read() {
      if (this.#stream !== undefined) return await readAll(this.#stream);
      this.#isUsed = true;
      return this.#bytes;
    }
    /** Another body with the content of this one, which counts as used from now on. */
    take() {
      if (this.#stream === undefined) {
        this.#isUsed = true;
        return new Body(this.#bytes, this.type);
      }
      const { TransformStream } = platform.use("streams");
      return new Body(this.#stream.pipeThrough(new TransformStream()), this.type);
    }
    copy() {
      if (this.#stream === undefined) return new Body(this.#bytes, this.type);
      const [kept, given] = this.#stream.tee();
      this.#stream = kept;
      return new Body(given, this.type);
    }
  }

  /** The body of what code gives as one, with its type. */
  function extract(value) {
    if (isOf("streams", "ReadableStream", value)) {
      if (value.locked || value._disturbed) throw new TypeError("The stream of a body must be unread and not locked");
      return new Body(value, null);
    }
    if (isObject(value) && isBuffer(value)) return new Body(bytesOf(value).slice(), null);
    if (isObject(value) && platform.isLoaded("files") && platform.use("files").isBlob(value))
      return new Body(platform.use("files").contentOf(value), value.type === "" ? null : value.type);
    if (isOf("forms", "FormData", value)) {
      const { bytes, type } = platform.use("forms").write(value);
      return new Body(bytes, type);
    }
    const type = isOf("url", "URLSearchParams", value)
      ? "application/x-www-form-urlencoded;charset=UTF-8"
      : "text/plain;charset=UTF-8";
    return new Body(encoder.encode(`${value}`), type);
  }

  const decode = (bytes) => new TextDecoder().decode(bytes);

  /** Adds the members that requests and responses have alike. `partsOf` gives body and headers. */
  function mixin(constructor, partsOf) {
    async function consume(target, convert) {
      const { body, headers } = partsOf(target);
      if (body !== null && body.isUnusable) throw new TypeError("The body was read before, or is being read");
      return await convert(body === null ? new Uint8Array(0) : await body.read(), headers);
    }
    const typeOf = (headers) => mime.parse(headers.get("content-type") ?? "");
    const members = {
      get body() {
        const { body } = partsOf(this);
        return body === null ? null : body.stream;
      },
      get bodyUsed() {
        const { body } = partsOf(this);
        return body !== null && body.isUsed;
      },
      arrayBuffer() {
        return consume(this, (bytes) => bytes.slice().buffer);
      },
      blob() {
        return consume(this, (bytes, headers) => {
          const type = typeOf(headers);
          return new (platform.use("files").Blob)([bytes], { type: type === undefined ? "" : mime.write(type) });
        });
      },
      bytes() {
        return consume(this, (bytes) => bytes.slice());
      },
      formData() {
        return consume(this, (bytes, headers) => platform.use("forms").read(bytes, typeOf(headers)));
      },
      json() {
        return consume(this, (bytes) => JSON.parse(decode(bytes)));
      },
      text() {
        return consume(this, decode);
      },
    };
    Object.defineProperties(constructor.prototype, Object.getOwnPropertyDescriptors(members));
  }

  return { Body, extract, mixin };
});
