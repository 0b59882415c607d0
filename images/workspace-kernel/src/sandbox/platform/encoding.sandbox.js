// Text and bytes (https://encoding.spec.whatwg.org) and base64 (https://infra.spec.whatwg.org). The host decodes.
(function (platform) {
  "use strict";
  const { finish, need, dictionary } = platform.use("classes");
  const { DOMException } = platform.use("exceptions");

  /** Bytes that one call of the host takes, so that its answer is small in comparison with the memory. */
  const CHUNK = 64 * 1024;

  function ask(operation, value) {
    const answer = platform.ask(operation, value);
    if (answer.error === "memory") throw new RangeError("not enough memory");
    if (answer.error !== undefined) throw new TypeError(answer.error);
    return answer.value;
  }

  function bytesOf(input) {
    if (input === undefined) return new Uint8Array(0);
    if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    const name = Object.prototype.toString.call(input);
    if (name === "[object ArrayBuffer]" || name === "[object SharedArrayBuffer]") return new Uint8Array(input);
    throw new TypeError("give an ArrayBuffer or a view of one");
  }

  /** Positions at which a text can be cut, never inside a surrogate pair. */
  function* pieces(text) {
    for (let at = 0; at < text.length;) {
      let end = Math.min(text.length, at + CHUNK / 4);
      const code = text.charCodeAt(end - 1);
      if (end < text.length && code >= 0xd800 && code <= 0xdbff) end -= 1;
      yield text.slice(at, end);
      at = end;
    }
  }

  function encode(text) {
    const parts = [];
    let length = 0;
    for (const piece of pieces(text.toWellFormed())) {
      const buffer = platform.bytes("encode", piece);
      if (buffer === undefined) throw new RangeError("not enough memory");
      parts.push(new Uint8Array(buffer));
      length += buffer.byteLength;
    }
    if (parts.length === 1) return parts[0];
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  class TextEncoder {
    get encoding() {
      brand(this, TextEncoder);
      return "utf-8";
    }
    encode(input = "") {
      brand(this, TextEncoder);
      return encode(`${input}`);
    }
    encodeInto(source, destination) {
      brand(this, TextEncoder);
      need(2, arguments.length, "encodeInto");
      const text = `${source}`.toWellFormed();
      if (Object.prototype.toString.call(destination) !== "[object Uint8Array]")
        throw new TypeError("encodeInto: give an Uint8Array");
      let read = 0;
      let written = 0;
      for (const piece of pieces(text)) {
        const bytes = encode(piece);
        const room = destination.length - written;
        if (bytes.length <= room) {
          destination.set(bytes, written);
          written += bytes.length;
          read += piece.length;
          continue;
        }
        let end = room;
        while (end > 0 && (bytes[end] & 0xc0) === 0x80) end -= 1;
        destination.set(bytes.subarray(0, end), written);
        written += end;
        for (let at = 0; at < end; at += 1) if ((bytes[at] & 0xc0) !== 0x80) read += bytes[at] >= 0xf0 ? 2 : 1;
        break;
      }
      return { read, written };
    }
  }
  finish(TextEncoder, ["encoding", "encode", "encodeInto"]);

  function brand(value, constructor) {
    if (!(value instanceof constructor)) throw new TypeError("Illegal invocation");
  }

  const join = (first, second) => {
    if (first.length === 0) return second;
    const all = new Uint8Array(first.length + second.length);
    all.set(first);
    all.set(second, first.length);
    return all;
  };

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    /** Bytes of an incomplete character; of a stream in an encoding with modes, all bytes. */
    #kept = new Uint8Array(0);
    /** Characters that were given for the bytes that are kept. */
    #given = 0;
    #isFresh = true;
    constructor(label = "utf-8", options = undefined) {
      const name = `${label}`;
      const { fatal, ignoreBOM } = dictionary(options);
      const answer = platform.ask("label", name);
      if (answer.error !== undefined) throw new RangeError(answer.error);
      [this.#encoding, this.#fatal, this.#ignoreBOM] = [answer.value, !!fatal, !!ignoreBOM];
    }
    get encoding() {
      return this.#encoding;
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#ignoreBOM;
    }
    decode(input = undefined, options = undefined) {
      const bytes = bytesOf(input);
      const isStream = !!dictionary(options).stream;
      let text = "";
      try {
        if (bytes.length === 0) text += this.#step(bytes, isStream);
        for (let at = 0; at < bytes.length; at += CHUNK)
          text += this.#step(bytes.subarray(at, at + CHUNK), isStream || at + CHUNK < bytes.length);
      } catch (error) {
        this.#reset();
        throw error;
      }
      if (!isStream) this.#reset();
      return text;
    }
    #step(chunk, isStream) {
      const bytes = join(this.#kept, chunk);
      if (bytes.length === 0) return "";
      const how = {
        encoding: this.#encoding,
        fatal: this.#fatal,
        ignoreBOM: this.#ignoreBOM || !this.#isFresh,
        isStream,
      };
      const answer = platform.decode(how, bytes.slice().buffer);
      if (answer.error === "memory") throw new RangeError("not enough memory");
      if (answer.error !== undefined) throw new TypeError(answer.error);
      const { text, kept, isModal } = answer.value;
      if (isModal) {
        const fresh = text.slice(this.#given);
        [this.#kept, this.#given] = [bytes, text.length];
        return fresh;
      }
      this.#kept = bytes.slice(bytes.length - kept);
      if (bytes.length > kept) this.#isFresh = false;
      return text;
    }
    #reset() {
      [this.#kept, this.#given, this.#isFresh] = [new Uint8Array(0), 0, true];
    }
  }
  finish(TextDecoder, ["encoding", "fatal", "ignoreBOM", "decode"]);

  function base64(operation, data, given) {
    need(1, given, operation);
    const text = `${data}`;
    let result = "";
    // A multiple of 3 and 4, so that pieces can be put together.
    const size = 3 * 16_384;
    const whole = operation === "atob" ? text.replace(/[\t\n\f\r ]+/g, "") : text;
    for (let at = 0; at === 0 || at < whole.length; at += size) {
      const answer = platform.ask(operation, whole.slice(at, at + size));
      const isLast = at + size >= whole.length;
      if (answer.error === "memory") throw new RangeError("not enough memory");
      if (answer.error !== undefined || (!isLast && answer.isPadded))
        throw new DOMException("The text has characters that base64 does not allow", "InvalidCharacterError");
      result += answer.value;
    }
    return result;
  }
  function atob(data) {
    return base64("atob", data, arguments.length);
  }
  function btoa(data) {
    return base64("btoa", data, arguments.length);
  }

  return { TextEncoder, TextDecoder, atob, btoa, ask, bytesOf };
});
