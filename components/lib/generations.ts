/**
 * Generations of a generated secret: each rotation uses the next one. The one before and the one after are accepted as
 * well, so it does not matter which pod learns first of a rotation.
 */
export interface Generations<Value> {
  readonly present: Value;
  /** Undefined before the first rotation. */
  readonly previous: Value | undefined;
  readonly next: Value;
}

/** Logical name of the resource that generates a secret. */
export function generationName(secret: string, generation: number): string {
  return generation === 0 ? secret : `${secret}-${generation}`;
}

/** Whether a generated secret that is gone had its time: there is a later generation of it. */
export function isOutlived(name: string, kept: readonly string[]): boolean {
  const [secret, generation] = partsOf(name);
  return kept.map(partsOf).some(([other, later]) => other === secret && later > generation);
}

function partsOf(name: string): [secret: string, generation: number] {
  const [, secret = name, generation = "0"] = /^(.*?)-(\d+)$/.exec(name) ?? [];
  return [secret, Number(generation)];
}
