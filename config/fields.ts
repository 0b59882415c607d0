import { X509Certificate } from "node:crypto";
import { z } from "zod";
import {
  alternatives,
  cpuMillis,
  DNS_LABEL_TEXT,
  isDnsLabel,
  isDomainName,
  isOwnNamespace,
  memoryBytes,
  OWN_NAMESPACE_TEXT,
} from "@nexus/contract";
import { closest, printable } from "@nexus/host";
import { withoutCredentials } from "./credentials";

/** Metadata of a field, from which messages and the documentation are made. */
export interface FieldMeta {
  /** Allowed values, worded to follow "use". */
  readonly expects: string;
  /** A valid value, if there is no default. */
  readonly example: string;
  readonly unit?: string;
  /** The value is text, even if it looks like a number or a flag. */
  readonly isText?: true;
  readonly description?: string;
}

/** `fix` is the value that corrects the problem, if that is neither the default nor the example. */
type Parsed<T> = { readonly value: T } | { readonly problem: string; readonly fix?: string };

/** A value of the configuration with its check. Problems read `"512" has no unit; use Mi or Gi`. */
function field<T>(meta: FieldMeta, parse: (value: unknown) => Parsed<T>) {
  const check = z.transform<unknown, T>((value, context) => {
    const result: Parsed<T> = value === undefined ? { problem: `is missing; use ${meta.expects}` } : parse(value);
    if ("value" in result) return result.value;
    const params = { fix: result.fix, example: meta.example, isText: meta.isText };
    context.issues.push({ code: "custom", message: result.problem, input: value, params });
    return z.NEVER;
  });
  return check.meta({ ...meta });
}

/** Maximum length of a value in a message. */
const SHOWN = 200;

/** A value as messages show it, without the credentials in it. */
export function quoted(value: unknown): string {
  const text = withoutCredentials(typeof value === "string" ? value : JSON.stringify(value));
  return `"${printable(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text)}"`;
}

/** The limits of a range, as a user would write them. */
interface Range {
  readonly least: string;
  readonly most: string;
}

/** Whether an amount is in a range, and if not, the nearest allowed one. */
function inRange(value: string, sizeOf: (text: string) => number | undefined, { least, most }: Range): Parsed<string> {
  const size = sizeOf(value) ?? 0;
  const end = size < (sizeOf(least) ?? 0) ? least : size > (sizeOf(most) ?? 0) ? most : undefined;
  if (end === undefined) return { value };
  const what = end === least ? "too little" : "too much";
  return { problem: `${quoted(value)} is ${what}; use ${least} to ${most}`, fix: end };
}

/** An amount of memory with its unit. */
export const memory = (least = "1Mi", most = "4Ti") =>
  field<string>({ expects: `${least} to ${most}`, example: least === "1Mi" ? "512Mi" : least }, (value) => {
    if (typeof value === "string" && memoryBytes(value) !== undefined)
      return inRange(value, memoryBytes, { least, most });
    const [, amount = "", unit = "M"] = /^([1-9]\d*) ?([MG])?i?B?$/i.exec(String(value)) ?? [];
    const meant = amount === "" ? undefined : inRange(`${amount}${unit.toUpperCase()}i`, memoryBytes, { least, most });
    const fix = meant && ("value" in meant ? meant.value : meant.fix);
    if (/^\d+$/.test(String(value))) return { problem: `${quoted(value)} has no unit; use Mi or Gi`, fix };
    return { problem: `${quoted(value)} is not an amount of memory; use Mi or Gi, such as 512Mi`, fix };
  });

/** An amount of CPU in cores or millicores. */
export const cpu = (least = "1m", most = "256") =>
  field<string>({ expects: `${least} to ${most} (cores, or m for thousandths of one)`, example: "500m" }, (value) => {
    const text = String(value);
    if (cpuMillis(text) !== undefined) return inRange(text, cpuMillis, { least, most });
    return { problem: `${quoted(value)} is not an amount of CPU; use cores (0.5) or thousandths of one (500m)` };
  });

/** A whole number in a range. */
export const integer = (min: number, max: number, example = min, unit?: string) =>
  field<number>({ expects: `${min} to ${max}`, example: String(example), unit }, (value) => {
    const number = isNumberInQuotes(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number))
      return { problem: `${quoted(value)} is not a whole number; use ${min} to ${max}` };
    if (number < min || number > max) return { problem: `${quoted(value)} is out of range; use ${min} to ${max}` };
    if (number === value) return { value: number };
    return { problem: `${quoted(value)} is a text; write the number without quotes`, fix: String(number) };
  });

/** true or false. */
export const flag = () =>
  field<boolean>({ expects: "true or false", example: "true" }, (value) => {
    if (typeof value === "boolean") return { value };
    return { problem: `${quoted(value)} is neither true nor false`, fix: flagMeant(value) ?? "true" };
  });

/** The boolean that a word such as "yes" probably means. */
export function flagMeant(value: unknown): "true" | "false" | undefined {
  if (/^(true|yes|on|y|1)$/i.test(String(value))) return "true";
  return /^(false|no|off|n|0)$/i.test(String(value)) ? "false" : undefined;
}

export function isNumberInQuotes(value: unknown): value is string {
  return typeof value === "string" && /^-?\d+$/.test(value);
}

/** One of a few words. */
export const choice = <const T extends string>(words: readonly [T, ...T[]]) =>
  field<T>({ expects: alternatives(words), example: words[0] }, (value) => {
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return { value: word };
    return {
      problem: `${quoted(value)} is not known; use ${alternatives(words)}`,
      fix: closest(String(value), words) ?? words[0],
    };
  });

/** Text of a given form. @param what name of the form, worded to follow "is not" */
export const text = (form: { test: (text: string) => boolean }, what: string, example: string) =>
  field<string>({ expects: what, example, isText: true }, (value) => {
    if (typeof value === "string" && form.test(value)) return { value };
    const near = String(value).trim().toLowerCase();
    const fix = [near, near.replace(/[ _.]+/g, "-")].find((one) => one !== value && form.test(one));
    return { problem: `${quoted(value)} is not ${what}, such as ${example}`, fix };
  });

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Certificates in PEM, one after the other. Messages do not repeat what was given: it may be a key by mistake. */
export const certificates = () =>
  field<string>({ expects: "certificates in PEM", example: '"$(cat ca.pem)"' }, (value) => {
    const text = typeof value === "string" ? value : "";
    if (text.includes("PRIVATE KEY"))
      return { problem: "holds a private key, which must stay on the server; use its certificate" };
    const found = text.match(CERTIFICATE) ?? [];
    return found.length > 0 && found.every(isCertificate)
      ? { value: text }
      : { problem: "is not a certificate in PEM" };
  });

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** A DNS label, which is what Kubernetes requires for most of the names here. */
export const dnsLabel = (example: string) => text({ test: isDnsLabel }, DNS_LABEL_TEXT, example);

/** A name of an object that somebody else made, such as a storage class. */
export const domainName = (example: string) =>
  text({ test: isDomainName }, "a name of lower-case letters, digits, dashes and dots", example);

/** A namespace for the stack, so none of those that every cluster has. */
export const ownNamespace = (example: string) => text({ test: isOwnNamespace }, OWN_NAMESPACE_TEXT, example);
