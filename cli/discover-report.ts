import { type Binding, type Finding, KINDS, typedEndpoints } from "@nexus/discovery";
import type { ResolvedValue, ValueSource } from "@nexus/compose";
import { ownValue } from "@nexus/host";

/** A variable as E8 settles it. Values that may hold credentials are shown without them. */
export interface ReportedVariable {
  readonly value: string;
  readonly source: ValueSource;
  /** What was found, when the value comes from discovery. */
  readonly from?: string;
}

/** One row a finding, and one for each kind that was not found at all. */
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

/** One row a variable (E8). */
export function variableRows(variables: Readonly<Record<string, ReportedVariable>>): string[][] {
  const rows = Object.entries(variables).map(([name, { value, source, from }]) => [name, value, source, from ?? ""]);
  return [["VARIABLE", "VALUE", "SOURCE", "FROM"], ...rows];
}

/** Takes user and password out of a url, as for a terminal or a log. */
export function withoutCredentials(value: string): string {
  return value
    .replace(/(:\/\/)[^/?#\s]*@/g, "$1***@")
    .replace(/([?&](?:[\w-]*(?:pass|password|token|secret|key|user)[\w-]*)=)[^&#\s]*/gi, "$1***");
}

/** What E8 settled, ready to be shown. */
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
