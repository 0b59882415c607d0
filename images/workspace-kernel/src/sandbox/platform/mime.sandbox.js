// MIME types (https://mimesniff.spec.whatwg.org).
(function () {
  "use strict";
  const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
  const QUOTABLE = /^[\t\x20-\x7e\x80-\xff]*$/;
  const isSpace = (char) => char === " " || char === "\t" || char === "\n" || char === "\r";

  function trimStart(text) {
    let start = 0;
    while (start < text.length && isSpace(text[start])) start += 1;
    return text.slice(start);
  }

  /** A pattern would take quadratic time. */
  function trimEnd(text) {
    let end = text.length;
    while (end > 0 && isSpace(text[end - 1])) end -= 1;
    return text.slice(0, end);
  }

  const trim = (text) => trimStart(trimEnd(text));

  const until = (text, char, from) => {
    const at = text.indexOf(char, from);
    return at < 0 ? text.length : at;
  };

  /** A text in quotes: its value, and where it ends. */
  function quoted(text, from) {
    let value = "";
    let at = from + 1;
    for (; at < text.length && text[at] !== '"'; at += 1) {
      if (text[at] === "\\" && at + 1 < text.length) at += 1;
      value += text[at];
    }
    return { value, end: at + 1 };
  }

  /** Essence in lower case and parameters; undefined if it is no MIME type. */
  function parse(given) {
    const text = trim(given);
    const end = until(text, ";", 0);
    const essence = trim(text.slice(0, end)).toLowerCase();
    const [type, subtype, ...rest] = essence.split("/");
    if (subtype === undefined || rest.length > 0 || !TOKEN.test(type) || !TOKEN.test(subtype)) return undefined;
    const parameters = new Map();
    for (let at = end + 1; at < text.length; at += 1) {
      const separator = Math.min(until(text, ";", at), until(text, "=", at));
      const name = trimStart(text.slice(at, separator)).toLowerCase();
      at = separator;
      if (text[at] !== "=") continue;
      let value;
      if (text[at + 1] === '"') {
        const { value: inside, end: after } = quoted(text, at + 1);
        value = inside;
        at = until(text, ";", after);
      } else {
        const next = until(text, ";", at);
        value = trimEnd(text.slice(at + 1, next));
        at = next;
        if (value === "") continue;
      }
      if (TOKEN.test(name) && QUOTABLE.test(value) && !parameters.has(name)) parameters.set(name, value);
    }
    return { essence, parameters };
  }

  function write({ essence, parameters }) {
    let text = essence;
    for (const [name, value] of parameters)
      text += `;${name}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
    return text;
  }

  return { TOKEN, parse, trim, write };
});
