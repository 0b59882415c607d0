import { type ComposeProblem, keyOf, type Place } from "../source/problem";
import { type MapNode, markedText, textOf, toPlain, type Tree } from "../source/tree";
import { durationSeconds, sizeBytes } from "../source/units";

/** Reads typed values from a canonical document and collects its problems. */
export class Reader {
  public constructor(
    private readonly node: Tree | undefined,
    public readonly path: readonly (string | number)[],
    private readonly problems: ComposeProblem[],
    private readonly fallback: Place,
  ) {}

  public get place(): Place {
    return this.node?.keyPlace ?? this.node?.place ?? this.fallback;
  }

  public has(key: string): boolean {
    return this.at(key) !== undefined;
  }

  public at(key: string): Tree | undefined {
    return this.node?.kind === "map" ? this.node.entries.get(key) : undefined;
  }

  /** The value as plain JavaScript, for reports. */
  public plain(key: string): unknown {
    const node = this.at(key);
    return node && toPlain(node);
  }

  public text(key: string): string | undefined {
    const node = this.at(key);
    return node?.kind === "scalar" && node.value !== null ? textOf(node) : undefined;
  }

  public flag(key: string): boolean | undefined {
    const text = this.text(key);
    return text === undefined || text === "" ? undefined : /^(true|yes|on|y|1)$/i.test(text);
  }

  public whole(key: string, min = 0): number | undefined {
    return this.parsed(key, `a whole number from ${min}`, (text) =>
      /^-?\d+$/.test(text) && Number(text) >= min ? Number(text) : undefined,
    );
  }

  public number(key: string): number | undefined {
    return this.parsed(key, "a number from 0", (text) => (Number(text) >= 0 ? Number(text) : undefined));
  }

  /** Seconds. */
  public duration(key: string): number | undefined {
    return this.parsed(key, "a duration such as 1m30s", durationSeconds);
  }

  /** Bytes. */
  public size(key: string): number | undefined {
    return this.parsed(key, "a size such as 64m", sizeBytes);
  }

  public texts(key: string): string[] {
    const node = this.at(key);
    return node?.kind === "list" ? node.items.map(textOf) : [];
  }

  /** A command: a list of words, or one text; secrets are marks. */
  public command(key: string): string | string[] | undefined {
    const node = this.at(key);
    if (node?.kind === "list") return node.items.map(markedText);
    return node?.kind === "scalar" && node.value !== null ? markedText(node) : undefined;
  }

  public entries(key: string): [string, Tree][] {
    const node = this.at(key);
    return node?.kind === "map" ? [...node.entries] : [];
  }

  public child(key: string): Reader {
    return new Reader(this.at(key), [...this.path, key], this.problems, this.place);
  }

  /** The items of a list. */
  public children(key: string): Reader[] {
    const node = this.at(key);
    if (node?.kind !== "list") return [];
    return node.items.map((item, index) => new Reader(item, [...this.path, key, index], this.problems, this.place));
  }

  /** The entries of a mapping of names. */
  public named(key: string): [string, Reader][] {
    return this.entries(key).map(([name]) => [name, this.child(key).child(name)]);
  }

  public problem(key: string, text: string, fix?: string): void {
    const node = key === "" ? this.node : this.at(key);
    const path = key === "" ? this.path : [...this.path, key];
    this.problems.push({ place: node?.place ?? this.place, key: keyOf(path), text, fix });
  }

  private parsed<T>(key: string, expected: string, parse: (text: string) => T | undefined): T | undefined {
    const text = this.text(key);
    // A value that is empty because of an unset variable is ignored.
    if (text === undefined || text === "") return undefined;
    const value = parse(text);
    if (value === undefined) this.problem(key, `"${text}" is not ${expected}`);
    return value;
  }
}

export function readerOf(document: MapNode, problems: ComposeProblem[]): Reader {
  return new Reader(document, [], problems, document.place);
}
