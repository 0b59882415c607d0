import { isIP } from "node:net";

/** The short forms of ports and volumes, as the specification describes them. */

export interface ShortPort {
  readonly host_ip?: string;
  readonly published?: string;
  readonly target: string;
  readonly protocol?: string;
}

/** `[[host_ip:]published:]target[/protocol]`; undefined if the text has another form. */
export function shortPort(text: string): ShortPort | undefined {
  const [address = "", protocol, ...rest] = text.split("/");
  const parts = address.split(":");
  const [target = "", published = ""] = [parts.pop(), parts.pop()];
  const ip = parts.join(":").replace(/^\[(.*)\]$/, "$1");
  const isHost = !ip.includes(":") || isIP(ip) === 6;
  if (rest.length > 0 || !/^\d+(-\d+)?$/.test(target) || !/^(\d*(-\d+)?)$/.test(published) || !isHost) return undefined;
  if (protocol !== undefined && !/^[a-z]+$/i.test(protocol)) return undefined;
  return {
    ...(ip ? { host_ip: ip } : {}),
    ...(published ? { published } : {}),
    target,
    ...(protocol ? { protocol: protocol.toLowerCase() } : {}),
  };
}

export interface ShortVolume {
  readonly type: "bind" | "volume";
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly nocopy?: boolean;
  readonly selinux?: string;
  readonly propagation?: string;
  readonly consistency?: string;
  /** Options that the converter does not know. */
  readonly options?: string;
}

const PROPAGATION = ["shared", "slave", "private", "rshared", "rslave", "rprivate"];
const CONSISTENCY = ["consistent", "cached", "delegated"];

/** `[source:]target[:options]`; returns a text that says what is wrong if the form is another one. */
export function shortVolume(text: string): ShortVolume | string {
  const drive = /^[A-Za-z]:[\\/]/.exec(text)?.[0] ?? "";
  const [first = "", ...others] = text.slice(drive.length).split(":");
  const parts = [drive + first, ...others];
  if (parts.length > 3 || parts.some((part) => part === "")) return `"${text}" is not [source:]target[:options]`;
  const [source, target, options] = parts.length === 1 ? [undefined, parts[0], undefined] : parts;
  if (target === undefined || !/^(\/|[A-Za-z]:\\)/.test(target))
    return `the target "${target ?? ""}" is not an absolute path`;
  const type = source !== undefined && /^([./~]|[A-Za-z]:[\\/])/.test(source) ? "bind" : "volume";
  const volume = { type, ...(source === undefined ? {} : { source }), target } as const;
  return (options ?? "").split(",").filter(Boolean).reduce<ShortVolume>(withOption, volume);
}

function withOption(volume: ShortVolume, option: string): ShortVolume {
  if (option === "ro" || option === "rw") return { ...volume, read_only: option === "ro" };
  if (option === "nocopy") return { ...volume, nocopy: true };
  if (option === "z" || option === "Z") return { ...volume, selinux: option };
  if (PROPAGATION.includes(option)) return { ...volume, propagation: option };
  if (CONSISTENCY.includes(option)) return { ...volume, consistency: option };
  return { ...volume, options: volume.options === undefined ? option : `${volume.options},${option}` };
}

/** First and last port of `80` or `8000-8010`; undefined if the text has another form. */
export function portRange(text: string): readonly [number, number] | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && last <= 65_535 && first <= last ? [first, last] : undefined;
}

/** Words of a command line, with shell quoting; undefined if a quote does not end. */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  const token = /\s*((?:[^\s'"\\]|\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*")+)\s*/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) return text.slice(words.length === 0 ? 0 : token.lastIndex).trim() === "" ? words : undefined;
    words.push(unquote(match[1] ?? ""));
  }
  return words;
}

function unquote(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])/g,
    (_all, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? "",
  );
}
