import { variableKinds } from "../../../i18n/untranslated";
import type { ConvertedVariable, ProjectVariable, ValueSource, VariableKind } from "../../../api/deployment-types";

/** One line of the table of variables. */
export interface VariableLine {
  readonly name: string;
  /** Null for all services that have it. */
  readonly service: string | null;
  readonly services: readonly string[];
  /** Null for a secret, and where there is none. */
  readonly value: string | null;
  readonly source: ValueSource | undefined;
  readonly kind: VariableKind;
  /** Undefined for one that no service has. */
  readonly why: ConvertedVariable["why"] | undefined;
  /** Whether a compose file requires it, and it has no value. */
  readonly isMissing: boolean;
}

const kindOf = (secret: boolean): VariableKind => variableKinds[secret ? 1 : 0];

/**
 * A line for each variable, or for each service where services have different values of it.
 * @param missing names of required variables that have no value
 */
export function rowsOf(
  converted: readonly ConvertedVariable[],
  given: readonly ProjectVariable[],
  missing: readonly string[],
): VariableLine[] {
  const names = [...new Set([...missing, ...converted.map(({ name }) => name), ...given.map(({ name }) => name)])];
  return names.flatMap((name) => {
    const isMissing = missing.includes(name);
    const all = converted.filter((one) => one.name === name);
    const alike = new Set(all.map(({ value, source, kind }) => JSON.stringify([value, source, kind])));
    const own = given.filter((one) => one.name === name);
    const [first] = all;
    if (!first) {
      if (own.length === 0) return [lineOf(name, null, isMissing)];
      return own.map(({ service, value, source, secret }) => ({
        ...lineOf(name, service, isMissing),
        value,
        source,
        kind: kindOf(secret),
      }));
    }
    if (alike.size === 1 && own.every(({ service }) => service === null))
      return [{ ...first, service: null, services: all.map(({ service }) => service), isMissing }];
    return all.map((one) => ({ ...one, services: [one.service], isMissing }));
  });
}

const lineOf = (name: string, service: string | null, isMissing: boolean): VariableLine => ({
  name,
  service,
  services: service === null ? [] : [service],
  value: null,
  source: undefined,
  kind: variableKinds[1],
  why: undefined,
  isMissing,
});
