import { isIPv4 } from "node:net";
import { isMetadataKey } from "@nexus/compose";
import { isDnsLabel } from "@nexus/contract";

/** Text formats that a cluster or registry checks later. */

const IMAGE_PART = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;

function isRegistryHost(text: string): boolean {
  const [host = "", port = "1", ...others] = text.split(":");
  return others.length === 0 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(host) && isPort(port);
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

/** A registry's host and the path of a repository in it, in lower case. */
export function isRegistry(text: string): boolean {
  const [host = "", ...parts] = text.split("/");
  return isRegistryHost(host) && parts.every((part) => IMAGE_PART.test(part));
}

/** An image by digest. */
export function isDigestReference(text: string): boolean {
  return isImage(text) && text.includes("@");
}

/** An image with a version or a digest, or both. */
export function isImage(text: string): boolean {
  const [tagged = "", digest, ...others] = text.split("@");
  const colon = tagged.indexOf(":", tagged.lastIndexOf("/") + 1);
  const [name, tag] = colon < 0 ? [tagged, undefined] : [tagged.slice(0, colon), tagged.slice(colon + 1)];
  const parts = name.split("/");
  const [first = ""] = parts;
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === "localhost");
  return (
    others.length === 0 &&
    (tag !== undefined || digest !== undefined) &&
    (tag === undefined || /^\w[\w.-]{0,127}$/.test(tag)) &&
    (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest)) &&
    (!hasHost || isRegistryHost(first)) &&
    (hasHost ? parts.slice(1) : parts).every((part) => IMAGE_PART.test(part)) &&
    name.length <= 255
  );
}

/** An IPv4 network whose host bits are zero, as NetworkPolicies require. */
export function isNetwork(text: string): boolean {
  const [address = "", length = "", ...others] = text.split("/");
  if (others.length > 0 || !isIPv4(address) || !/^(?:[1-2]?\d|3[0-2])$/.test(length)) return false;
  const bits = address.split(".").reduce((all, part) => all * 256 + Number(part), 0);
  return bits % 2 ** (32 - Number(length)) === 0;
}

/** The key of an annotation; its prefix may contain capitals. */
export function isAnnotationKey(text: string): boolean {
  return isMetadataKey(text.toLowerCase());
}

/** Fields of a schedule with their ranges: minute, hour, day of the month, month, day of the week. */
const SCHEDULE = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

/** Five fields of cron, in numbers. */
export function isSchedule(text: string): boolean {
  const fields = text.split(" ");
  return fields.length === SCHEDULE.length && SCHEDULE.every((range, index) => isScheduleField(fields[index], range));
}

function isScheduleField(field: string | undefined, [min, max]: readonly [number, number]): boolean {
  return (field ?? "").split(",").every((part) => {
    const [, first, last, step] = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/([1-9]\d?))?$/.exec(part) ?? ["none", "99"];
    const [from, to] = [Number(first ?? min), Number(last ?? first ?? max)];
    return from >= min && to <= max && from <= to && Number(step ?? 1) <= max;
  });
}

/** A name of a Service and of the objects named after it. "default" is the ServiceAccount of every namespace. */
export function isServiceName(text: string, longest: number): boolean {
  return isDnsLabel(text) && /^[a-z]/.test(text) && text.length <= longest && text !== "default";
}
