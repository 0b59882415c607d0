// Blobs and files (https://w3c.github.io/FileAPI), whose bytes are in memory.
(function (platform) {
  "use strict";
  const { dictionary, finish, need } = platform.use("classes");
  const { TextDecoder, TextEncoder, bytesOf } = platform.use("encoding");

  const PIECE = 64 * 1024;
  const encoder = new TextEncoder();
  const typeOf = (value) => {
    const type = value === undefined ? "" : `${value}`;
    return /[^\x20-\x7e]/.test(type) ? "" : type.toLowerCase();
  };
  const isBuffer = (value) =>
    ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === "[object ArrayBuffer]";

  const isContent = (part) => typeof part === "object" && part !== null && (isBuffer(part) || isBlob(part));

  function iteratorOf(parts) {
    const iterate = parts[Symbol.iterator];
    if (typeof iterate !== "function") throw new TypeError("Blob: give a list of parts");
    return () => Reflect.apply(iterate, parts, []);
  }

  let contentOf;
  let isBlob;
  class Blob {
    #bytes = new Uint8Array(0);
    #type = "";
    constructor(parts = [], options = undefined) {
      if ((typeof parts !== "object" && typeof parts !== "function") || parts === null)
        throw new TypeError("Blob: give a list of parts");
      const given = [];
      // Each is converted before the next is taken, because that may change the list.
      for (const part of { [Symbol.iterator]: iteratorOf(parts) }) given.push(isContent(part) ? part : `${part}`);
      const { endings = "transparent", type } = dictionary(options);
      const how = `${endings}`;
      if (how !== "transparent" && how !== "native") throw new TypeError("endings must be transparent or native");
      const pieces = given.map((part) => {
        if (typeof part === "string") return encoder.encode(how === "native" ? part.replace(/\r\n?/g, "\n") : part);
        return isBuffer(part) ? bytesOf(part) : contentOf(part);
      });
      this.#bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const piece of pieces) {
        this.#bytes.set(piece, at);
        at += piece.length;
      }
      this.#type = typeOf(type);
    }
    get size() {
      return this.#bytes.length;
    }
    get type() {
      return this.#type;
    }
    slice(start = 0, end = undefined, type = "") {
      const blob = new Blob([], { type });
      blob.#bytes = this.#bytes.slice(clamped(start), end === undefined ? undefined : clamped(end));
      return blob;
    }
    async text() {
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#bytes);
    }
    async arrayBuffer() {
      return this.#bytes.slice().buffer;
    }
    async bytes() {
      return this.#bytes.slice();
    }
    stream() {
      const { ReadableStream } = platform.use("streams");
      const bytes = this.#bytes;
      let at = 0;
      return new ReadableStream({
        type: "bytes",
        pull(controller) {
          if (at < bytes.length) controller.enqueue(bytes.slice(at, at + PIECE));
          at += PIECE;
          if (at < bytes.length) return;
          controller.close();
          controller.byobRequest?.respond(0);
        },
      });
    }
    static {
      contentOf = (blob) => blob.#bytes;
      isBlob = (value) => #bytes in value;
    }
  }
  finish(Blob, ["size", "type", "slice", "text", "arrayBuffer", "bytes", "stream"]);

  const clamped = (value) => Math.min(Math.max(Math.round(Number(value)) || 0, -(2 ** 53)), 2 ** 53);

  class File extends Blob {
    #name;
    #lastModified;
    constructor(parts, name, options = undefined) {
      need(2, arguments.length, "File");
      super(parts, options);
      this.#name = `${name}`.toWellFormed();
      const { lastModified } = dictionary(options);
      this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0;
    }
    get name() {
      return this.#name;
    }
    get lastModified() {
      return this.#lastModified;
    }
  }
  finish(File, ["name", "lastModified"]);

  const copyOf = (blob) =>
    blob instanceof File
      ? new File([blob], blob.name, { type: blob.type, lastModified: blob.lastModified })
      : new Blob([blob], { type: blob.type });

  return { Blob, File, contentOf, copyOf, isBlob };
});
