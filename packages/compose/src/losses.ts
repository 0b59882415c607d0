import type { Feature } from "./feature";
import { features } from "./features";
import { isSecretName } from "./secret-names";
import { holdsSecret } from "./secrets";
import type { MapNode, Tree } from "./source/tree";
import { toPlain } from "./source/tree";

/** A feature of a compose file that the cluster does not offer. */
export interface Loss {
  /** The service; "-" if the loss is about the project. */
  readonly service: string;
  readonly key: string;
  /** A summary of the value, without parts that may be secret. */
  readonly value: string;
  /** What happens instead. */
  readonly effect: string;
  /** What to do. */
  readonly advice: string;
}

/** Collects losses; reports the same loss once. */
export class LossReport {
  private readonly found = new Map<string, Loss>();

  /** @param secrets values that must not be shown */
  public constructor(private readonly secrets: readonly string[] = []) {}

  public get losses(): readonly Loss[] {
    return [...this.found.values()];
  }

  public add(service: string, key: string, value: unknown, effect: string, advice: string): void {
    const text = summary(key, value);
    const loss = {
      service,
      key,
      value: this.secrets.some((one) => text.includes(one)) ? HIDDEN : text,
      effect,
      advice,
    };
    this.found.set(`${service} ${key} ${loss.value} ${effect}`, loss);
  }
}

const LONGEST = 40;
const HIDDEN = "(hidden)";

/** A short form of a value. Lists and mappings show their keys only. */
export function summary(key: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) {
    const texts = value.map((item) => (typeof item === "object" && item !== null ? "{...}" : String(item)));
    return summary(key, texts.join(", "));
  }
  if (typeof value === "object") return `{${Object.keys(value).join(", ")}}`.slice(0, LONGEST);
  const text = String(value as string | number | boolean);
  if (isSecretName(key.split(".").pop() ?? "") || holdsSecret(text)) return HIDDEN;
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

const byKey = new Map(features.map((feature) => [feature.key, feature]));
const withRowsBelow = new Set(features.flatMap(({ key }) => parents(key)));

function parents(key: string): string[] {
  const steps = key.split(".");
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join("."));
}

/** The row for a key; undefined for names that people choose. */
export function featureOf(key: string): Feature | undefined {
  return byKey.get(key);
}

/** True for a key that has other keys below it. */
export function hasRowsBelow(key: string): boolean {
  return withRowsBelow.has(key);
}

/**
 * Reports every key below `node` whose row says that it is lost.
 * @param active names of the services that are made
 * @param built names of the services whose image is built
 */
export function reportLostKeys(
  document: MapNode,
  active: ReadonlySet<string>,
  built: ReadonlySet<string>,
  report: LossReport,
): void {
  walk(document, "", [], (path, feature, node) => {
    const [section, name = "-"] = path;
    const isService = section === "services";
    if (isService && !(path[2] === "build" ? built : active).has(name)) return;
    const value = toPlain(node);
    if (value === "" || feature.unless?.(value)) return;
    const key = isService ? path.slice(2).join(".") : path.join(".");
    report.add(isService ? name : "-", key, value, feature.text, feature.advice ?? "");
  });
}

function walk(
  node: Tree,
  pattern: string,
  path: readonly string[],
  found: (path: readonly string[], feature: Feature, node: Tree) => void,
): void {
  if (node.kind === "list") for (const item of node.items) walk(item, pattern, path, found);
  if (node.kind !== "map") return;
  for (const [name, value] of node.entries) {
    const below = (step: string) => (pattern === "" ? step : `${pattern}.${step}`);
    const feature = byKey.get(below(name));
    const next = feature || withRowsBelow.has(below(name)) ? below(name) : below("*");
    if (feature?.how === "lost") found([...path, name], feature, value);
    else if (feature || withRowsBelow.has(next)) walk(value, next, [...path, name], found);
  }
}
