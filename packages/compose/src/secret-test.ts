import { ownValue } from "@nexus/host";
import { isTelling } from "./command-words";
import type { ConvertOptions } from "./convert-options";
import { replaceParts, joinedParts, occurrences } from "./script-words";
import { isSecretVariable } from "./secrets";
import { ComposeError } from "./source/problem";

/** A shorter value may occur in other texts by coincidence. */
const SHORTEST_CONTAINED = 4;

/** Decides which values are secret: by name, by the form of the value, and those that the user marked as secret. */
export class Secrets {
  /** Names that were asked about. */
  public readonly used = new Set<string>();
  /** Values that are secret in any text, because they are not there by coincidence. */
  public readonly telling: readonly string[];
  private readonly derived = new Set<string>();
  private readonly kept: Readonly<Record<string, string>>;
  private readonly kinds: NonNullable<ConvertOptions["kinds"]>;
  private readonly values: readonly string[];

  public constructor(options: ConvertOptions) {
    const { secretVariables, kinds = {}, environment, variables, suggestions, discovered, manual = {} } = options;
    this.kept = secretVariables ?? {};
    this.kinds = kinds;
    const given = [environment, variables, suggestions, discovered, ...Object.values(manual)];
    const marked = given.flatMap((layer) =>
      Object.entries(layer ?? {}).flatMap(([name, value]) =>
        value !== undefined && ownValue(kinds, name) === "Secret" ? value : [],
      ),
    );
    const kept = Object.values(this.kept);
    this.telling = [...new Set([...kept, ...marked].filter(isTelling))];
    this.values = [...new Set([...kept.filter(({ length }) => length >= SHORTEST_CONTAINED), ...this.telling])];
  }

  /** A variable that contains others that are secret. */
  public derive(name: string): void {
    this.derived.add(name);
  }

  public has(name: string, value: string): boolean {
    this.used.add(name);
    const kind = ownValue(this.kinds, name);
    const isOne = kind === undefined ? isSecretVariable(name, value) : kind === "Secret";
    return isOne || this.derived.has(name) || Object.hasOwn(this.kept, name) || holdsAny(value, this.values);
  }

  /** Runs `work`, whose problems show no value that is known to be secret. */
  public hiding<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ComposeError)) throw error;
      const hidden = (text: string) => without(text, this.telling);
      throw new ComposeError(
        error.details.map(({ place, key, text, fix }) => ({
          place: { ...place, file: hidden(place.file) },
          key: hidden(key),
          text: hidden(text),
          fix: fix === undefined ? undefined : hidden(fix),
        })),
      );
    }
  }
}

export function holdsAny(text: string, values: readonly string[]): boolean {
  return values.some((value) => text.includes(value));
}

function without(text: string, values: readonly string[]): string {
  return replaceParts(text, joinedParts(occurrences(text, values)), () => "(hidden)");
}
