import { type Binding, type Finding, KINDS, typedEndpoints } from "@nexus/discovery";
import type { ResolvedValue, ValueSource } from "@nexus/compose";
import { ownValue } from "@nexus/host";

/** A variable with the value that E8 gives it. Credentials in the value are masked. */
export interface ReportedVariable {
  readonly value: string;
  readonly source: ValueSource;
  /** The finding, if the value comes from discovery. */
  readonly from?: string;
}

/** One row per finding, and one row for each kind that was not found. */
export function findingRows(findings: readonly Finding[]): string[][] {
  const rows = KINDS.flatMap((kind) => {
    const own = findings.filter(({ candidate }) => candidate.kind === kind);
    if (own.length === 0) return [[kind, "-", "-", "-", "none", ""]];
    return own.map(({ candidate, verdict, reason }) => [
      kind,
      `${candidate.namespace}/${candidate.service}`,
      candidate.type,
      typedEndpoints(candidate).join(","),
      verdict,
      reason,
    ]);
  });
  return [["KIND", "SERVICE", "TYPE", "ENDPOINT", "STATE", "WHY"], ...rows];
}

/** One row per variable (E8). */
export function variableRows(variables: Readonly<Record<string, ReportedVariable>>): string[][] {
  const rows = Object.entries(variables).map(([name, { value, source, from }]) => [name, value, source, from ?? ""]);
  return [["VARIABLE", "VALUE", "SOURCE", "FROM"], ...rows];
}

/** Removes user and password from a URL, for output on a terminal or in a log. */
export function withoutCredentials(value: string): string {
  return value
    .replace(/(:\/\/)[^/?#\s]*@/g, "$1***@")
    .replace(/([?&](?:[\w-]*(?:pass|password|token|secret|key|user)[\w-]*)=)[^&#\s]*/gi, "$1***");
}

/** The bindings of E8 as a table. */
export function reportedVariables(
  resolved: Readonly<Record<string, ResolvedValue>>,
  bindings: Readonly<Record<string, Binding>>,
): Record<string, ReportedVariable> {
  return Object.fromEntries(
    Object.entries(resolved).map(([name, { value, source }]) => [
      name,
      source === "discovery"
        ? { value, source, from: ownValue(bindings, name)?.from ?? "" }
        : { value: withoutCredentials(value), source },
    ]),
  );
}
