import { isTelling, secretParts } from "../command-words";
import { imageName } from "../names";
import { replaceParts } from "../script-words";
import { mark, maskMarks, replaceMarks, withoutMarks } from "../source/tree";
import type { Variable } from "./types";

/** Called when a secret stays in a manifest. */
export type Lose = () => void;

/** A shell would change these characters in a text, but not in the value of a variable. */
const SHELL_SIGNS = /[\\$`"]/;
/** A shell also changes these, outside of quotes. */
const UNQUOTED_SIGNS = /[;|&<>()]/;

/**
 * Moves secrets from the commands of a service to variables of its container: secrets from variables of the compose
 * file, and secrets that are written in the command. A secret that cannot become a variable stays, and is reported.
 */
export class CommandSecrets {
  private readonly own: ReadonlyMap<string, string>;
  private readonly known: readonly string[];
  private readonly added = new Map<string, string>();

  /**
   * @param image image in which the commands run
   * @param elsewhere values that other services keep secret
   */
  public constructor(
    environment: readonly Variable[],
    private readonly image: string,
    elsewhere: readonly string[],
  ) {
    this.own = new Map(environment.map(({ name, value }) => [name, value]));
    const own = environment.filter(({ secret, value }) => secret && isTelling(value)).map(({ value }) => value);
    this.known = [...new Set([...own, ...elsewhere])];
  }

  /** Variables that the container's environment needs for the commands. */
  public get variables(): Variable[] {
    return [...this.added].map(([name, value]) => ({ name, value, secret: true, source: "default" }));
  }

  /** Words that the kubelet expands. Every secret becomes a mark with the name of its variable. */
  public words(words: readonly string[]): string[] {
    return this.marked(words).map((word) => this.named(word));
  }

  /** A text for a shell, which expands variables anywhere but in single quotes. */
  public shell(text: string, lose: Lose): string {
    const [marked = ""] = this.marked([text]);
    if (marked === withoutMarks(marked)) return text;
    let movable = !text.includes("'");
    let quotes = 0;
    const isPlain = (value: string) => !SHELL_SIGNS.test(value) && (quotes % 2 === 1 || !UNQUOTED_SIGNS.test(value));
    replaceMarks(
      marked,
      (_, value) => ((movable &&= isPlain(value)), ""),
      (text) => ((quotes += text.split('"').length - 1), text),
    );
    if (movable) return this.named(marked);
    lose();
    return withoutMarks(marked);
  }

  /** A command that nobody expands, unless it is a shell with a script. */
  public exec(words: readonly string[], lose: Lose): string[] {
    const [program = "", flag = "", script, ...others] = words;
    if (/(^|\/)(ba|da|a|k|z)?sh$/.test(program) && /^-\w*c$/.test(flag) && script !== undefined)
      return [program, flag, this.shell(script, lose), ...this.exec(others, lose)];
    const marked = this.marked(words);
    const plain = marked.map(withoutMarks);
    if (plain.every((word, index) => word === marked[index])) return plain;
    if (hasShell(this.image)) return ["/bin/sh", "-c", this.named(["exec", ...marked.map(quoted)].join(" "))];
    lose();
    return plain;
  }

  private marked(words: readonly string[]): string[] {
    const parts = secretParts(words.map(maskMarks), this.known, this.image);
    return words.map((word, index) => replaceParts(word, parts[index] ?? [], (part) => mark("", withoutMarks(part))));
  }

  private named(text: string): string {
    return replaceMarks(text, (name, value) => mark(this.nameFor(name, value), value));
  }

  /** The variable's own name if the container's environment has the same value under it, else undefined. */
  private nameFor(name: string, value: string): string {
    const there = this.own.get(name) ?? this.added.get(name);
    if (name !== "" && (there === undefined || there === value)) {
      if (!this.own.has(name)) this.added.set(name, value);
      return name;
    }
    const [same] = [...this.added].find(([other, held]) => held === value && other.startsWith(PREFIX)) ?? [];
    if (same !== undefined) return same;
    let number = 1;
    while (this.own.has(`${PREFIX}${number}`) || this.added.has(`${PREFIX}${number}`)) number += 1;
    this.added.set(`${PREFIX}${number}`, value);
    return `${PREFIX}${number}`;
  }
}

/** True for images of databases, which have a shell; in any other one, a command that needs it might not run. */
function hasShell(image: string): boolean {
  return DATABASE.test(imageName(image)) && !WITHOUT_SHELL.test(image);
}
const DATABASE =
  /^(mysql|mariadb|percona|postgres|postgis|pgvector|redis|valkey|keydb|mongo|mongodb|rabbitmq)(-(server|stack))*$/;
const WITHOUT_SHELL = /chainguard|distroless|dhi\.io/;

/** A word for a shell, with the marks in double quotes, so that the shell does not interpret the values. */
function quoted(word: string): string {
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  return `"${replaceMarks(word, mark, (part) => part.replace(/[\\"$`]/g, "\\$&"))}"`;
}

const PREFIX = "COMMAND_SECRET_";
