/** Credentials in what people write. Messages hide them; staging refuses those that can be guessed. */

const HIDDEN_PART = "[hidden]";

/** Names of secret values. */
const NAME = /pass(?:word|wd|phrase)?|pwd|secret|token|credential|private|api[-_]?key|access[-_]?key/i;

/** Prefixes of the keys of well-known services. */
const KNOWN_KEY = /\b(?:sk-|sk_live_|ghp_|gho_|github_pat_|glpat-|xox[abp]-|AKIA|hf_|npm_|eyJ)[\w.+/=-]{8,}/g;

/** A text without passwords in URLs, values that are named secret, and keys of well-known services. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/(:\/\/)[^\s"']*@/g, `$1${HIDDEN_PART}@`)
    .replace(/((?:pass|pwd|secret|token|credential|key)\w*"? ?[=:] ?"?)[^\s"'&;,}]+/gi, `$1${HIDDEN_PART}`)
    .replace(/-----BEGIN[^]*/g, HIDDEN_PART)
    .replace(KNOWN_KEY, HIDDEN_PART);
}

/** Whether a key's name says that its value is secret. */
export function isSecretName(name: string): boolean {
  return NAME.test(name);
}

/** Words that sample secrets consist of. A generated value may contain some, but does not consist of them. */
const SAMPLE_WORDS = new RegExp(
  [
    "please change me replace this that is the my your our for in at be must not do use keep safe here",
    "dev development test testing staging prod production local demo dummy example sample placeholder default insecure",
    "super very strong long enough least minimum characters chars bits string random value hello world",
    "secret password passphrase passwd pass key token jwt auth signing private session",
    "nexus postgres postgresql redis database db app user root admin master login welcome letmein",
    "qwertyuiop qwerty asdf abcdef abc xyz foo bar baz 1234567890 123456789 12345678 123456 12345 1234 123",
  ]
    .flatMap((line) => line.split(" "))
    .toSorted((one, other) => other.length - one.length)
    .join("|"),
  "g",
);

/** True for a value that consists of sample words, and so can be guessed. */
export function isSample(value: string): boolean {
  const rest = value
    .toLowerCase()
    .replace(SAMPLE_WORDS, " ")
    .replace(/\b\d{1,4}\b/g, "")
    .replace(/[^\p{L}\p{N}]/gu, "");
  return rest.length < value.length / 3;
}

/** True for a long value of few different characters, with a repeated part, or with alphabetical sequences. */
export function isRegular(value: string): boolean {
  const characters = [...value];
  const parts = characters.slice(2).map((_, index) => value.slice(index, index + 3));
  const steps = characters.slice(1).filter((character, index) => {
    const step = (character.codePointAt(0) ?? 0) - (value.codePointAt(index) ?? 0);
    return Math.abs(step) <= 1;
  });
  const few = new Set(characters).size < 8;
  return few || new Set(parts).size < parts.length * 0.75 || steps.length > value.length * 0.6;
}
