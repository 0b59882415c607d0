import { createHash, randomFillSync } from "node:crypto";
// Node.js' own decoder lacks encodings and reads some of the others in a way of its own.
import { TextDecoder } from "@exodus/bytes/encoding.js";

/** Longest text of one call. The sandbox cuts longer texts and bytes into pieces, except URLs and their queries. */
const MAX_TEXT = 1024 * 1024;
/** Longest part of a URL with host and user: Node.js takes quadratic time for names that are not ASCII. */
const MAX_AUTHORITY = 2048;
const MAX_RANDOM = 65_536;
const MAX_DIGEST = 32 * 1024 * 1024;

/** Encodings that keep a mode between characters, or whose characters have a varying number of bytes. */
const isModal = (encoding: string) => /^(gb|big5|euc-|iso-2022|shift_jis)/.test(encoding);

/** What was asked cannot be done; code of the workspace gets the message. */
class Refusal extends Error {}

function refuse(message: string): never {
  throw new Refusal(message);
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

const AUTHORITIES = [
  /^(?:https?|wss?|ftp|file):[/\\]*([^/\\?#]*)/i,
  /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i,
  /^[/\\]{2,}([^/\\?#]*)/,
];

function checkUrl(text: string): string {
  if (text.length > MAX_TEXT) refuse(`Invalid URL: ${text.length} characters are more than ${MAX_TEXT}`);
  const plain = text.length > MAX_AUTHORITY ? text.replace(/[\t\n\r]/g, "").replace(/^[\0- ]+/, "") : "";
  if (AUTHORITIES.some((form) => (form.exec(plain)?.[1]?.length ?? 0) > MAX_AUTHORITY))
    refuse(`Invalid URL: its host has more than ${MAX_AUTHORITY} characters`);
  return text;
}

const PARTS = ["protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"] as const;
const isPart = (name: string): name is (typeof PARTS)[number] => PARTS.some((part) => part === name);

function partsOf(url: URL): Record<string, string> {
  const { href, origin } = url;
  return { href, origin, ...Object.fromEntries(PARTS.map((part) => [part, url[part]])) };
}

function parseUrl(text: string, base: string | undefined): URL {
  const parts = [text, base ?? ""].map(checkUrl);
  try {
    return new URL(text, base);
  } catch {
    return refuse(
      `Invalid URL: ${parts
        .filter((part) => part !== "")
        .map((part) => part.slice(0, 200))
        .join(" on ")}`,
    );
  }
}

function setPart([href = "", name = "", value = ""]: readonly string[]): Record<string, string> {
  if (name === "href") return partsOf(parseUrl(value, undefined));
  const url = parseUrl(href, undefined);
  if (!isPart(name)) return refuse("a URL has no such part");
  if (value.length > (name.startsWith("host") ? MAX_AUTHORITY : MAX_TEXT)) refuse(`${name} has too many characters`);
  url[name] = value;
  return partsOf(url);
}

function encodingOf(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return refuse(`The encoding ${JSON.stringify(label.slice(0, 100))} is not known`);
  }
}

/** Base64 as the web reads it: white space is ignored, and the padding may be missing. */
function fromBase64(text: string): { readonly value: string; readonly isPadded: boolean } {
  const bare = text.length % 4 === 0 ? text.replace(/={1,2}$/, "") : text;
  if (bare.length % 4 === 1 || /[^A-Za-z\d+/]/.test(bare)) refuse("no base64");
  return { value: Buffer.from(bare, "base64").toString("latin1"), isPadded: bare !== text };
}

const operations: Readonly<Record<string, (value: unknown) => unknown>> = {
  now: () => performance.timeOrigin + performance.now(),
  url: (value) => (isTexts(value) && value[0] !== undefined ? partsOf(parseUrl(value[0], value[1])) : refuse("no URL")),
  "url.set": (value) => (isTexts(value) ? setPart(value) : refuse("no URL")),
  "query.parse": (value) => [...new URLSearchParams(`?${textOf(value)}`)],
  "query.write": (value) =>
    new URLSearchParams(
      (Array.isArray(value) ? value : []).filter(isTexts).filter(({ length }) => length === 2) as [string, string][],
    ).toString(),
  label: (value) => encodingOf(textOf(value)),
  btoa: (value) => {
    const text = textOf(value);
    return /[^\0-\xff]/.test(text) ? refuse("beyond latin1") : Buffer.from(text, "latin1").toString("base64");
  },
};

function textOf(value: unknown): string {
  if (typeof value !== "string") return refuse("no text");
  return value.length > MAX_TEXT ? refuse(`${value.length} characters are more than ${MAX_TEXT}`) : value;
}

/** Works for the sandbox without knowledge of the workspace. @param json JSON text, not trusted @returns JSON text */
export function textOperation(operation: string, json: string): string {
  return answered(() => {
    if (json.length > MAX_TEXT * 6) refuse("too long");
    const value: unknown = json === "" ? undefined : JSON.parse(json);
    if (operation === "atob") return fromBase64(textOf(value));
    const work = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    return { value: work ? work(value) : refuse("the host knows no such operation") };
  });
}

function answered(work: () => object): string {
  try {
    return JSON.stringify(work());
  } catch (error) {
    return JSON.stringify({ error: error instanceof Refusal ? error.message : "not readable" });
  }
}

/** Text of bytes, and how many bytes at the end are the beginning of a character. @param json JSON text, not trusted */
export function decodeOperation(json: string, bytes: Uint8Array): string {
  return answered(() => {
    const { encoding, fatal, ignoreBOM, isStream } = JSON.parse(json) as Record<string, unknown>;
    if (encoding === "base64") return { value: { text: Buffer.from(bytes).toString("base64") } };
    const decoder = new TextDecoder(encodingOf(textOf(encoding)), {
      fatal: fatal === true,
      ignoreBOM: ignoreBOM === true,
    });
    const kept = isStream === true ? incompleteBytes(decoder.encoding, bytes) : 0;
    try {
      const text = decoder.decode(bytes.subarray(0, bytes.length - kept), { stream: isStream === true });
      return { value: { text, kept, isModal: isModal(decoder.encoding) } };
    } catch {
      return refuse(`The bytes are not valid ${decoder.encoding}`);
    }
  });
}

function incompleteBytes(encoding: string, bytes: Uint8Array): number {
  if (encoding === "utf-8") {
    for (let back = 1; back <= Math.min(3, bytes.length); back += 1)
      if (isBeginning([...bytes.subarray(bytes.length - back)])) return back;
    return 0;
  }
  if (!encoding.startsWith("utf-16")) return 0;
  const odd = bytes.length % 2;
  const high = bytes[bytes.length - odd - (encoding === "utf-16le" ? 1 : 2)] ?? 0;
  return bytes.length - odd >= 2 && high >= 0xd8 && high <= 0xdb ? odd + 2 : odd;
}

/** Whether a character of UTF-8 begins with these bytes and has more. */
function isBeginning([lead = 0, second, third]: readonly number[]): boolean {
  const count =
    lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second === undefined) return count > 1;
  if (second < least || second > most) return false;
  return third === undefined ? count > 2 : count > 3 && (third & 0xc0) === 0x80;
}

/** The result in bytes; undefined for what cannot be done. @param json JSON text, not trusted */
export function bytesOperation(operation: string, json: string, bytes: Uint8Array): Uint8Array | undefined {
  if (json.length > MAX_TEXT * 6) return undefined;
  const argument: unknown = parsed(json);
  switch (operation) {
    case "encode":
      return typeof argument === "string" ? Buffer.from(argument) : undefined;
    case "base64":
      return typeof argument === "string" ? Buffer.from(argument, "base64") : undefined;
    case "random": {
      const size = Number(argument);
      return Number.isInteger(size) && size > 0 && size <= MAX_RANDOM
        ? randomFillSync(new Uint8Array(size))
        : undefined;
    }
    case "digest": {
      const name = typeof argument === "string" && /^SHA-(?:1|256|384|512)$/.test(argument) ? argument : undefined;
      if (name === undefined || bytes.length > MAX_DIGEST) return undefined;
      return createHash(name.replace("-", "")).update(bytes).digest();
    }
    default:
      return undefined;
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
