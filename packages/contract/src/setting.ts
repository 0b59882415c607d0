import { alternatives } from "./alternatives";
import { TENANT_ID } from "./oidc-groups";
import { ALL_TENANTS } from "./own-cluster";

/** Where the value of a setting comes from in a stack. */
export type Origin =
  /**
   * A key of the configuration below `nexus:`. `own`: the services have different values, so it is not a shared
   * setting.
   */
  | { readonly at: string; readonly own?: true }
  /** The stack always sets the default; the text is the reason. */
  | { readonly fixed: string }
  /** The stack computes the value; the text says how. */
  | { readonly stack: string }
  /** A field of the pod. */
  | { readonly pod: string }
  /** A secret; the text says where it comes from. */
  | { readonly secret: string }
  /** The stack does not set it; the text is the reason. */
  | { readonly internal: string };

type About = Origin & {
  /** What it does, in one sentence. */
  readonly text: string;
};

/** The form that a text must have. */
export interface Form {
  readonly test: (text: string) => boolean;
  /** Name of the form, worded to follow "is not". */
  readonly what: string;
  readonly example: string;
}

interface TextRule {
  readonly form: Form;
  /** Null: the setting may be missing. Undefined: the service does not start without it. */
  readonly default?: string | null;
}

interface Rules {
  readonly integer: {
    readonly min: number;
    readonly max: number;
    readonly unit?: string;
    /** Null: without a value, the service chooses one. */
    readonly default: number | null;
  };
  /** A port to listen on, 1024 to 65535. Services also accept 0; the operating system then chooses a free port. */
  readonly port: { readonly default: number };
  readonly flag: { readonly default: boolean };
  readonly choice: { readonly words: readonly [string, ...string[]]; readonly default: string };
  readonly text: TextRule;
  /** Names separated by commas. */
  readonly list: TextRule;
  /** The path of a file, whose content the service reads. */
  readonly file: TextRule;
}
type Kind = keyof Rules;

/** One run-time setting of a service. */
export type Setting = { [K in Kind]: { readonly kind: K } & Rules[K] & About }[Kind];

/** The settings of a service by environment variable. */
export type Settings = Readonly<Record<string, Setting>>;

type Plain<S> = S extends { kind: "integer" | "port" }
  ? number
  : S extends { kind: "flag" }
    ? boolean
    : S extends { kind: "choice"; words: readonly (infer Word)[] }
      ? Word
      : string;

/** The value in the configuration; null leaves the variable out. */
export type ConfigValue<S> = S extends { default: null } ? Plain<S> | null : Plain<S>;

type Read<S> = S extends { kind: "list" } ? string[] : Plain<S>;

/** Settings as the service reads them. */
export type EnvOf<S> = {
  readonly [V in keyof S]: S[V] extends { default: null } ? Read<S[V]> | undefined : Read<S[V]>;
};

/** Ports that an unprivileged process may listen on. */
export const PORT_RANGE = { min: 1024, max: 65_535 } as const;

/** Makes settings of one kind. @returns a function of the rule and of what the setting does, in one sentence */
const of =
  <K extends Kind>(kind: K) =>
  <const S extends Origin & Rules[K]>(rule: S, text: string) => ({ ...rule, text, kind });

export const integer = of("integer");
export const port = of("port");
export const flag = of("flag");
export const choice = of("choice");
export const text = of("text");
export const list = of("list");
export const file = of("file");

/** The allowed values of a setting, worded to follow "give". */
export function valuesOf(setting: Setting): string {
  switch (setting.kind) {
    case "integer":
      return `${setting.min} to ${setting.max}`;
    case "port":
      return `a port from ${PORT_RANGE.min} to ${PORT_RANGE.max}`;
    case "flag":
      return "true or false";
    case "choice":
      return alternatives(setting.words);
    case "text":
    case "list":
      return setting.form.what;
    case "file":
      return `the path of a readable file with ${setting.form.what}`;
  }
}

/** Settings without those of another set. */
export function without(settings: Settings, others: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([variable]) => !(variable in others)));
}

/** Minimum length of a key that signs tokens or encrypts backups. */
export const MIN_KEY_LENGTH = 32;

const longKey = (why: string): Form => ({
  test: (value) => value.length >= MIN_KEY_LENGTH,
  what: `at least ${MIN_KEY_LENGTH} characters: ${why}`,
  example: '"$(openssl rand -hex 32)"',
});

const matching = (pattern: RegExp, what: string, example: string): Form => ({
  test: (value) => pattern.test(value),
  what,
  example,
});

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;

/** Whether it is a network in CIDR notation. */
function isNetwork(text: string): boolean {
  const [, address = "", bits = ""] = /^([\da-f.:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  if (IPV4.test(address)) return Number(bits) <= 32;
  return address.includes(":") && Number(bits) <= 128 && URL.canParse(`http://[${address}]/`);
}

export const forms = {
  any: matching(/[^]/, "a text", "text"),
  url: {
    test: (value: string) => /^https?:\/\/\S+$/.test(value) && URL.canParse(value),
    what: "an http or https URL",
    example: "https://example.com",
  },
  host: matching(/^[A-Za-z0-9.:-]+$/, "a host name or an IP address", "smtp.example.com"),
  user: matching(/^\S+$/, "a user name without spaces", "nexus"),
  sender: matching(
    /^(?:[^\r\n"<>,]+ <[^\s<>,@]+@[^\s<>,@]+>|[^\s<>,@]+@[^\s<>,@]+)$/,
    "an address, alone or as `Name <address>`",
    "nexus@example.com",
  ),
  audience: matching(/^\S+$/, "an audience without spaces", "nexus"),
  names: {
    test: (value: string) => {
      const names = value.split(",");
      return names.every((name) => /^[^\s,]+$/.test(name)) && new Set(names).size === names.length;
    },
    what: "names separated by commas, each once",
    example: "one,two",
  },
  ports: {
    test: (value: string) => value.split(",").every((port) => /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535),
    what: "ports separated by commas",
    example: "443,6443",
  },
  networks: {
    test: (value: string) => value.split(",").every(isNetwork),
    what: "networks in CIDR notation, separated by commas",
    example: "10.1.0.0/16,fd00:1::/48",
  },
  tenants: {
    test: (value: string) => value === ALL_TENANTS || value.split(",").every((id) => TENANT_ID.test(id)),
    what: "`all`, or ids of tenants separated by commas",
    example: "0195c3f4-8a2b-4c1d-9e5f-7a6b8c9d0e1f",
  },
  /** The value goes into an HTTP header unchanged. */
  apiKey: matching(/^[\x21-\x7e]+$/, "the key alone, without spaces or line breaks", "sk-1234"),
  /** 24 to 64 random bytes, as Standard Webhooks writes them. */
  billingSecret: matching(
    /^whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    "a secret of Standard Webhooks: `whsec_` and 24 to 64 random bytes in base64",
    '"whsec_$(openssl rand -base64 32)"',
  ),
  signingKey: longKey("the key signs every session"),
  encryptionKey: longKey("who guesses the key reads every backup"),
} satisfies Record<string, Form>;
