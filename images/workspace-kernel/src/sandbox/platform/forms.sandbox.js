// Forms (https://xhr.spec.whatwg.org/#interface-formdata), and as bodies (https://fetch.spec.whatwg.org/#body-mixin).
(function (platform) {
  "use strict";
  const { finish, need } = platform.use("classes");
  const { TextDecoder, TextEncoder, ask } = platform.use("encoding");
  const { Blob, File, contentOf, isBlob } = platform.use("files");
  const { allOf, firstOf, forEach, make, replaced } = platform.use("iterators");

  const text = (value) => `${value}`.toWellFormed();

  /** A value of a form is a text or a file. */
  function entryOf(method, given, name, value, filename) {
    const isFile = typeof value === "object" && value !== null && isBlob(value);
    if (given > 2 && !isFile) throw new TypeError(`${method}: only a Blob has a file name`);
    if (!isFile) return [text(name), text(value)];
    if (value instanceof File && given < 3) return [text(name), value];
    const { type, lastModified } = value;
    return [text(name), new File([value], given > 2 ? text(filename) : "blob", { type, lastModified })];
  }

  let listOf;
  class FormData {
    #list = [];
    constructor(form = undefined) {
      if (form !== undefined) throw new TypeError("FormData: there are no forms of pages here");
    }
    append(name, value, filename = undefined) {
      need(2, arguments.length, "append");
      this.#list.push(entryOf("append", arguments.length, name, value, filename));
    }
    delete(name) {
      need(1, arguments.length, "delete");
      const key = text(name);
      this.#list = this.#list.filter((entry) => entry[0] !== key);
    }
    get(name) {
      need(1, arguments.length, "get");
      return firstOf(this.#list, text(name));
    }
    getAll(name) {
      need(1, arguments.length, "getAll");
      return allOf(this.#list, text(name));
    }
    has(name) {
      need(1, arguments.length, "has");
      const key = text(name);
      return this.#list.some((entry) => entry[0] === key);
    }
    set(name, value, filename = undefined) {
      need(2, arguments.length, "set");
      this.#list = replaced(this.#list, entryOf("set", arguments.length, name, value, filename));
    }
    forEach(callback, self = undefined) {
      need(1, arguments.length, "forEach");
      forEach(this, listOf, callback, self);
    }
    entries() {
      return iterator(this, (entry) => [entry[0], entry[1]]);
    }
    keys() {
      return iterator(this, (entry) => entry[0]);
    }
    values() {
      return iterator(this, (entry) => entry[1]);
    }
    static {
      listOf = (form) => form.#list;
    }
  }
  finish(FormData, ["append", "delete", "get", "getAll", "has", "set", "forEach", "entries", "keys", "values"]);
  const { entries } = FormData.prototype;
  Object.defineProperty(FormData.prototype, Symbol.iterator, {
    __proto__: null,
    value: entries,
    writable: true,
    configurable: true,
  });
  const iterator = make("FormData", (form) => listOf(form));

  const lines = (value) => value.replace(/\r\n?|\n/g, "\r\n");
  const escaped = (value) => value.replace(/\n/g, "%0A").replace(/\r/g, "%0D").replace(/"/g, "%22");

  /** As multipart/form-data, with its type. */
  function write(form) {
    const random = new Uint8Array(platform.bytes("random", 16));
    const boundary = `----nexus-form-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    const parts = listOf(form).flatMap(([name, value]) => {
      const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`;
      if (typeof value === "string") return [`${start}\r\n\r\n${lines(value)}\r\n`];
      const type = value.type === "" ? "application/octet-stream" : value.type;
      return [`${start}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, "\r\n"];
    });
    const bytes = contentOf(new Blob([...parts, `--${boundary}--\r\n`]));
    return { bytes, type: `multipart/form-data; boundary=${boundary}` };
  }

  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** Position of some bytes in others; -1 if they are not there. */
  function find(bytes, wanted, from) {
    for (let at = bytes.indexOf(wanted[0], from); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
      let same = 1;
      while (same < wanted.length && bytes[at + same] === wanted[same]) same += 1;
      if (same === wanted.length) return at;
    }
    return -1;
  }

  const DISPOSITION = /^content-disposition:[\t ]*form-data;[\t ]*name="([^"]*)"(?:;[\t ]*filename="([^"]*)")?[\t ]*$/i;
  const TYPE = /^content-type:[\t ]*([^\t ].*)$/i;
  const unescaped = (value) => value.replace(/%0A/gi, "\n").replace(/%0D/gi, "\r").replace(/%22/g, '"');

  function refuse() {
    throw new TypeError("The body is not a form");
  }

  function readParts(bytes, boundary) {
    const form = new FormData();
    const [mark, next, headersEnd] = [`--${boundary}`, `\r\n--${boundary}`, "\r\n\r\n"].map((one) =>
      encoder.encode(one),
    );
    let at = find(bytes, mark, 0);
    if (at !== 0 && !(at === 2 && bytes[0] === 13 && bytes[1] === 10)) refuse();
    at += mark.length;
    while (!(bytes[at] === 45 && bytes[at + 1] === 45)) {
      if (bytes[at] !== 13 || bytes[at + 1] !== 10) refuse();
      const bodyAt = find(bytes, headersEnd, at);
      const end = bodyAt < 0 ? -1 : find(bytes, next, bodyAt + headersEnd.length);
      if (end < 0) refuse();
      const headers = decoder.decode(bytes.subarray(at + 2, bodyAt)).split("\r\n");
      const [, name, filename] =
        headers.reduce((found, line) => found ?? DISPOSITION.exec(line), undefined) ?? refuse();
      const content = bytes.subarray(bodyAt + headersEnd.length, end);
      if (filename === undefined) form.append(unescaped(name), new TextDecoder().decode(content));
      else {
        const [, type] = headers.reduce((found, line) => found ?? TYPE.exec(line), undefined) ?? [
          undefined,
          "text/plain",
        ];
        form.append(unescaped(name), new File([content], unescaped(filename), { type }));
      }
      at = end + next.length;
    }
    return form;
  }

  /** The form of a body of this MIME type. */
  function read(bytes, type) {
    if (type?.essence === "multipart/form-data" && type.parameters.has("boundary"))
      return readParts(bytes, type.parameters.get("boundary"));
    if (type?.essence !== "application/x-www-form-urlencoded") refuse();
    const form = new FormData();
    for (const [name, value] of ask("query.parse", decoder.decode(bytes))) form.append(name, value);
    return form;
  }

  return { FormData, read, write };
});
