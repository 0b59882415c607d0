// Streams of text (https://encoding.spec.whatwg.org/#stream-mixins) beside those of the library.
(function (platform) {
  "use strict";
  const streams = platform.use("ponyfill");
  const { finish } = platform.use("classes");
  const { TextDecoder, TextEncoder, bytesOf } = platform.use("encoding");
  const { TransformStream } = streams;

  class TextDecoderStream {
    #decoder;
    #transform;
    constructor(label = "utf-8", options = undefined) {
      this.#decoder = new TextDecoder(label, options);
      const put = (controller, text) => text !== "" && controller.enqueue(text);
      this.#transform = new TransformStream({
        transform: (chunk, controller) =>
          void put(controller, this.#decoder.decode(bytesOf(chunk ?? null), { stream: true })),
        flush: (controller) => void put(controller, this.#decoder.decode()),
      });
    }
    get encoding() {
      return this.#decoder.encoding;
    }
    get fatal() {
      return this.#decoder.fatal;
    }
    get ignoreBOM() {
      return this.#decoder.ignoreBOM;
    }
    get readable() {
      return this.#transform.readable;
    }
    get writable() {
      return this.#transform.writable;
    }
  }
  finish(TextDecoderStream, ["encoding", "fatal", "ignoreBOM", "readable", "writable"]);

  class TextEncoderStream {
    #transform;
    constructor() {
      const encoder = new TextEncoder();
      // The first half of a surrogate pair, whose second half may come with the next text.
      let half = "";
      this.#transform = new TransformStream({
        transform: (chunk, controller) => {
          const text = half + `${chunk}`;
          half = /[\ud800-\udbff]$/.test(text) ? text.at(-1) : "";
          const bytes = encoder.encode(half === "" ? text : text.slice(0, -1));
          if (bytes.length > 0) controller.enqueue(bytes);
        },
        flush: (controller) => void (half !== "" && controller.enqueue(encoder.encode(half))),
      });
    }
    get encoding() {
      return "utf-8";
    }
    get readable() {
      return this.#transform.readable;
    }
    get writable() {
      return this.#transform.writable;
    }
  }
  finish(TextEncoderStream, ["encoding", "readable", "writable"]);

  return { ...streams, TextDecoderStream, TextEncoderStream };
});
