import { joinedParts, occurrences, type Part, quotedPieces, scriptWords } from "./script-words";
import { isSecretName, isSecretNamed } from "./secret-names";
import { holdsSecret } from "./secrets";

/** The positions of secrets in the words of a command. */

/** A shorter or plainer value is too often an ordinary word, such as `postgres`. */
const SHORTEST_TELLING = 6;

/** True for a secret so distinctive that the same value elsewhere is not a coincidence. */
export function isTelling(value: string): boolean {
  return value.length >= SHORTEST_TELLING && /[^a-z]/.test(value);
}

/** Flags whose next word is a secret. */
const SECRET_FLAG = /^--?(requirepass|masterauth|pass(word|wd|phrase)?|pwd|token|secret|api-?key|auth(-?token)?)$/i;
/** Flags named like a secret that are a switch, or name a key of another kind. */
const OTHER_FLAG =
  /^--(no|enable|disable|with|without|use|skip|require|allow|max|min)[-_]|^--(?!.*(api|access|secret|private|account|encryption|signing|master|shared)[-_]?key$).*key$/i;
/** What comes before a secret inside a script: a header, a line of YAML, a statement in SQL. */
const ANNOUNCEMENT = /^["']?(bearer|basic)$|(^|["'_-])(password|passwd|secret|token|api-?key):$/i;
const SQL_ANNOUNCEMENT = /^(password|by)$/i;
const ASSIGNMENT = /^(-{0,2}([A-Za-z][\w.-]*)=["']?)([\s\S]*)$/;
/** Flags whose next word is a script, even if it begins with an assignment. */
const SCRIPT_FLAG = /^(-\w*c|--command|--|eval|)$/;
/** References to variables, of a shell or of the kubelet. */
const REFERENCE = /\$(\w+|\{[^}]{0,200}\}|\([^)]{0,200}\))/g;
const PATH = /^\.{0,2}\/[\w./-]*$|^[\w.-]+\.(key|pem|crt|p12|pfx)$/;

/** The meaning of flags of well-known programs; in other programs the same letters may mean anything. */
interface Programs {
  readonly redis: boolean;
  readonly mysql: boolean;
  readonly curl: boolean;
  /** Flags whose next word is a secret. */
  readonly flags: readonly RegExp[];
  readonly accounts: readonly Account[];
}

const PROGRAM_FLAGS: readonly (readonly [RegExp, RegExp])[] = [
  [/\b(mongo(sh|dump|restore|export|import)?|sshpass|cypher-shell|influx)\b/, /^-p$/],
  [/\bldap(search|add|modify|delete|whoami|passwd)\b/, /^-w$/],
  [/\b(mosquitto_(pub|sub)|sqlcmd)\b/, /^-P$/],
];
/** Words that are an account with its password, and the flag before them. */
interface Account {
  readonly flag: RegExp;
  /** The text before the password. */
  readonly user: RegExp;
}
const ACCOUNTS: readonly (readonly [RegExp, Account])[] = [
  [/^\S*\bsftp\b/, { flag: /^/, user: /^[^\s:]+:(?=\S+$)/ }],
  [/^\S*\bsamba\b/, { flag: /^-u$/, user: /^[^\s;]+;/ }],
  [/\bsmbclient\b/, { flag: /^(-U|--user)$/, user: /^[^\s%]+%/ }],
  // In any program, except for numbers and groups.
  [/^/, { flag: /^(-u|--(user|login|account|credentials?))$/, user: /^([\w.@-]+):(?!\/\/|\d+$|\1$)(?=\S+$)/ }],
];

/**
 * The positions of secrets in each word of a command. A word that contains spaces is the value of the flag before it,
 * or a script, whose words are searched too.
 * @param known values that are known to be secret, whatever they look like
 * @param image image in which the command runs; it tells which program a lone flag belongs to
 */
export function secretParts(words: readonly string[], known: readonly string[] = [], image = ""): Part[][] {
  const all = [image.split("/").at(-1), ...words].join(" ");
  const programs = {
    redis: all.includes("redis-cli"),
    mysql: /\b(mysql|mariadb)/.test(all),
    curl: /\b(curl|wget)/.test(all),
    flags: PROGRAM_FLAGS.filter(([program]) => program.test(all)).map(([, flag]) => flag),
    accounts: ACCOUNTS.filter(([program]) => program.test(all)).map(([, account]) => account),
  };
  return words.map((word, index) =>
    joinedParts([...partsOf(word, words[index - 1] ?? "", false, programs), ...occurrences(word, known)]),
  );
}

function scriptParts(script: string, programs: Programs): Part[] {
  let before = "";
  return scriptWords(script).flatMap(({ start, end }) => {
    const word = script.slice(start, end);
    const parts = partsOf(word, before, true, programs);
    before = word;
    return moved(parts, start);
  });
}

function moved(parts: readonly Part[], by: number): Part[] {
  return parts.map(({ start, end }) => ({ start: by + start, end: by + end }));
}

/** The secret parts of one word. */
function partsOf(word: string, before: string, inScript: boolean, programs: Programs): Part[] {
  const start = inScript ? (/^\\?["']*/.exec(word)?.[0].length ?? 0) : 0;
  let end = word.length;
  while (inScript && end > start && CLOSING.includes(word.charAt(end - 1))) end -= 1;
  const body = word.slice(start, end);
  const from = startOfSecret(word, body, before, inScript, programs);
  if (from !== undefined) {
    const part = { start: start + from, end: inScript ? endOfQuoted(word, start + from, end) : end };
    return isOpen(word.slice(part.start, part.end)) ? [] : [part];
  }
  const pieces = quotedPieces(word);
  // A space without quotes is an escaped one, which does not end a word.
  const isOneWord = !/\s/.test(word) || (inScript && !pieces.some(({ quoted }) => quoted));
  if (isOneWord) return isSecretText(body) && body !== "" ? [{ start, end }] : [];
  if (!inScript) return scriptParts(word, programs);
  return pieces.flatMap((piece) => {
    const text = word.slice(piece.start, piece.end);
    return moved(piece.quoted ? scriptParts(text, programs) : partsOf(text, "", true, programs), piece.start);
  });
}

/** The end of a value that is in quotes and is followed by another command. */
function endOfQuoted(word: string, start: number, end: number): number {
  const quote = /\\?["']$/.exec(word.slice(0, start))?.[0];
  const closing = quote === undefined ? -1 : word.indexOf(quote, start);
  const isClosed = closing > 0 && word.charAt(closing - 1) !== "\\" && /^\\?["'][)]*[;|&]/.test(word.slice(closing));
  return isClosed ? closing : end;
}

/** The start of the secret in a word that is secret because of the word before it; the secret extends to the end. */
function startOfSecret(word: string, body: string, before: string, inScript: boolean, programs: Programs) {
  const assigned = ASSIGNMENT.exec(body);
  if (assigned) {
    const [, head = "", name = "", value = ""] = assigned;
    const isScript = /\s/.test(value) && !head.startsWith("-") && mayBeScript(word, before, inScript);
    const isNamed = isSecretNamed(name, value) || SECRET_FLAG.test(`--${name}`);
    if (isNamed && !isScript) return head.length;
    if (!/\s/.test(value) && isSecretText(value)) return head.length;
  } else if (!body.startsWith("-")) {
    if (programs.curl && USER_FLAG.test(before)) return /^[^:]*:/.exec(body)?.[0].length;
    if (programs.flags.some((flag) => flag.test(before))) return 0;
    const account = programs.accounts.find(({ flag, user }) => flag.test(before) && user.test(body));
    if (account) return account.user.exec(body)?.[0].length;
    if (isAnnounced(word, body, before, inScript, programs)) return 0;
  }
  const glued = programs.mysql ? /^-p["']?(?=[^$"'])/.exec(body) : undefined;
  const user = programs.curl ? /^(-u|--user=)["']?[^:\s]+:/.exec(body) : undefined;
  return (glued ?? user)?.[0].length;
}

/** In a script, only a quoted word is a secret on its own; outside of scripts, also the very first word. */
function mayBeScript(word: string, before: string, inScript: boolean): boolean {
  return SCRIPT_FLAG.test(before) && (!inScript || (before !== "" && /^\\?["']/.test(word)));
}

/** Characters that may follow a word of a script without a space. */
const CLOSING = `"');|&\\`;
const USER_FLAG = /^(-u|--user)$/;

function isOpen(text: string): boolean {
  return text === "" || text.startsWith("$") || PATH.test(text);
}

function isAnnounced(word: string, body: string, before: string, inScript: boolean, { redis }: Programs): boolean {
  if (SECRET_FLAG.test(before) || (redis && before === "-a")) return true;
  if (before.startsWith("--") && !before.includes("=") && !OTHER_FLAG.test(before) && isSecretName(before.slice(2)))
    return isSecretNamed(before.slice(2), body);
  return inScript && (ANNOUNCEMENT.test(before) || (SQL_ANNOUNCEMENT.test(before) && /^\\?["']/.test(word)));
}

/** True if a text contains a secret itself, and not just the name of a variable. */
function isSecretText(text: string): boolean {
  return holdsSecret(text.replace(REFERENCE, ""));
}
