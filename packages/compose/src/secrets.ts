import { isSecretNamed } from "./secret-names";

/** Decides which values are secret: by the name of the variable (E7), and by the form of the value (X14). */

const PUBLIC_KEY_NAME = /(^|_)(PUBLIC|PUB)_?KEY$/i;
const PUBLIC_KEY =
  /^\s*(-----BEGIN (?:RSA |EC )?PUBLIC KEY-----|-----BEGIN CERTIFICATE-----|ssh-(rsa|ed25519|dss) |ecdsa-sha2-\S+ |sk-ssh-\S+ |age1)/;

/** True if a variable belongs in a Secret. */
export function isSecretVariable(name: string, value: string): boolean {
  if (holdsSecret(value)) return true;
  if (PUBLIC_KEY_NAME.test(name) && PUBLIC_KEY.test(value)) return false;
  return isSecretNamed(name, value);
}

/** Tokens with a known prefix. */
const TOKENS = new RegExp(
  `(^|[^A-Za-z0-9])(${[
    "sk-[A-Za-z0-9_-]{16,}",
    "[srp]k_(live|test)_[A-Za-z0-9]{10,}",
    "whsec_[A-Za-z0-9]{16,}",
    "gh[pousr]_[A-Za-z0-9]{20,}",
    "github_pat_[A-Za-z0-9_]{20,}",
    "gl(pat|dt|rt|cbt)-[A-Za-z0-9_-]{16,}",
    "xox[abeprs]-[A-Za-z0-9-]{10,}",
    "(AKIA|ASIA)[A-Z0-9]{16}",
    "AIza[A-Za-z0-9_-]{30,}",
    "ya29\\.[A-Za-z0-9_-]{20,}",
    "eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.",
    "(npm|hf|dop_v1|doo_v1|gsk|pplx|xai|r8|lsv2_pt|lsv2_sk)[_-][A-Za-z0-9_-]{16,}",
    "SG\\.[A-Za-z0-9_-]{16,}",
    "pypi-[A-Za-z0-9_-]{16,}",
    "shp(at|ca|pa|ss)_[A-Fa-f0-9]{16,}",
    "hv[sb]\\.[A-Za-z0-9_-]{16,}",
    "(dckr_pat|tskey|sq0csp|sq0atp)[_-][A-Za-z0-9_-]{10,}",
    "(?:bot)?\\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
    "AGE-SECRET-KEY-1[A-Z0-9]{20,}",
    "\\$(2[abxy]|argon2(id|i|d)|5|6|y|apr1)\\$\\S{8,}",
  ].join("|")})`,
);
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;
/** `scheme://user:password@host`, also without a user. */
const URL_PASSWORD = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/?#@:]*:[^\s/?#@]+@/i;
/** `scheme://token@host`, if the part before @ is not just a user name. */
const URL_TOKEN = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/?#@:]{20,}@/i;
/** `user:password@tcp(host)`, as Go programs write it. */
const DSN_PASSWORD = /^[^\s:@/]+:[^\s@/]+@[\w(.[-]/;
/** `password=...` and the like, in query strings, connection strings, settings files and properties of Java. */
const NAMED_VALUE =
  /(^|[^A-Za-z0-9]|(?:^|\s)-D)(password|passwd|pwd|passphrase|secret|client_?secret|token|access_?token|auth_?token|api_?key|account_?key|access_?key|shared_?access_?key|secret_?key|private_?key|sig|credentials?)["']?\s*[=:]\s*["']?(?![\s"'])[^\s"',;&]{3,}/im;
/** `keyStorePassword=...`, as written by programs that use no underscores in names. */
const CAMEL_CASE_VALUE =
  /[a-z0-9](Password|Passwd|Passphrase|Secret|Token|Credentials?|(?:Api|Access|Secret|Private|Account)Key)["']?\s*[=:]\s*["']?(?!(?:true|false|null|none|\d{1,6})\b|[\s"'])[^\s"',;&]{3,}/m;
/** `pw=...`; with a colon it would be a word in a sentence. */
const SHORT_VALUE = /(^|[^A-Za-z0-9])(pw|pass)=["']?(?![\s"'])[^\s"',;&]{3,}/i;
/** `--db-password ...` among the flags of a program. */
const FLAG_VALUE =
  /(^|\s)--?([A-Za-z][\w.-]*[-_.])?(password|passwd|passphrase|secret|token|(api|access|secret|private)-?key|requirepass|masterauth)(=|\s+)["']?(?![-$/\s"'])\S{3,}/i;
/** The Authorization header; in some settings its space is escaped. */
const AUTHORIZATION =
  /authorization["']?\s*[:=]\s*["']?(basic|bearer|token|apikey|digest)(\s|%20|\+){1,8}["']?(?![$<{])\S{4,}/i;
const BARE_AUTHORIZATION = /^\s*(basic|bearer)\s+(?=\S*[\d=])[\w.~+/=-]{8,}\s*$/i;
/** `-u user:password` of a client. */
const CLIENT_ACCOUNT =
  /\b(curl|wget|http|https|xh)\s(?:\S+\s){0,20}(-u|--user|-a|--auth)[\s=]["']?[^\s:"'$]+:["']?(?![$"'\s])\S/;
/** Webhook URLs of chat services: whoever knows the URL may post. */
const WEBHOOK_URL =
  /\b(hooks\.slack\.com\/(services|workflows|triggers)\/|(discord|discordapp)\.com\/api(\/v\d+)?\/webhooks\/\d|webhook\.office\.com\/|outlook\.office(365)?\.com\/webhook\/)\S{6,}/i;
const SIGNS = [
  PRIVATE_KEY,
  TOKENS,
  URL_PASSWORD,
  URL_TOKEN,
  DSN_PASSWORD,
  NAMED_VALUE,
  CAMEL_CASE_VALUE,
  SHORT_VALUE,
  FLAG_VALUE,
  AUTHORIZATION,
  BARE_AUTHORIZATION,
  CLIENT_ACCOUNT,
  WEBHOOK_URL,
];
const HEX = /^[0-9a-f]{32,}$/i;
const RANDOM = /^[A-Za-z0-9+/_=-]{24,}$/;

/** True for values that look secret whatever their name is. */
export function holdsSecret(value: string): boolean {
  const trimmed = value.trim();
  return (
    SIGNS.some((sign) => sign.test(value)) ||
    looksRandom(trimmed) ||
    isEncodedSecret(trimmed) ||
    isEncodedAccount(trimmed)
  );
}

/** `Basic` and `user:password` in base64. */
function isEncodedAccount(value: string): boolean {
  const [, encoded = ""] = /^basic\s+([A-Za-z0-9+/]{4,}={0,2})$/i.exec(value) ?? [];
  return /^[\x20-\x39\x3b-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(encoded, "base64").toString("latin1"));
}

/** Key material: long, without spaces, and letters without a pattern. */
function looksRandom(value: string): boolean {
  if (HEX.test(value)) return new Set(value.toLowerCase()).size >= 8;
  if (!RANDOM.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(value)).length;
  const changes =
    value.replace(/[^A-Za-z0-9]/g, "").match(/[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|\d(?=[A-Za-z])/g)?.length ?? 0;
  return kinds === 3 && changes >= value.length / 6 && bitsPerLetter(value) >= 3.8;
}

function bitsPerLetter(value: string): number {
  const counts = new Map<string, number>();
  for (const letter of value) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce(
    (bits, count) => bits - (count / value.length) * Math.log2(count / value.length),
    0,
  );
}

/** A private key or JSON credentials in base64. */
function isEncodedSecret(value: string): boolean {
  if (value.length < 24 || !/^[A-Za-z0-9+/\s]+=*$/.test(value)) return false;
  const decoded = Buffer.from(value, "base64").toString("latin1");
  return PRIVATE_KEY.test(decoded) || /"(private_key|client_secret|password)"\s*:/.test(decoded);
}

/** True for files that contain a secret anywhere. */
export function holdsSecretText(text: string): boolean {
  return holdsSecret(text) || text.split(/\r?\n/).some((line) => holdsSecret(line) || isSecretAssignment(line));
}

/** YAML keys whose values may be anything. */
const PLAIN_KEY = /^(keys?|tokens?|auth|pass|pins?|salts?|seeds?|jwt|cookies?)$/i;

/** `NAME=value` as in an env file, or `name: value`. */
function isSecretAssignment(line: string): boolean {
  const match = /^\s*(?:export\s+)?["']?([A-Za-z_][\w.-]*)["']?\s*([=:])\s*["']?([^"'\s]*)/.exec(line);
  const [, name = "", sign = "", value = ""] = match ?? [];
  if (value === "" || (sign === ":" && PLAIN_KEY.test(name))) return false;
  return isSecretNamed(name, value);
}
