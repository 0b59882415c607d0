import type { Candidate } from "./candidates";
import type { ServiceType } from "./candidates/objects";
import type { ClusterFacts } from "./cluster/reader";
import type { Finding } from "./confirm";
import { KINDS, type Kind } from "./kinds";
import type { Verdict } from "./probes/types";

/** One port that was probed. */
export interface ScannedCandidate {
  readonly service: string;
  readonly service_type: ServiceType;
  /** The endpoints of the Service's type (E13). */
  readonly endpoints: readonly string[];
  readonly verdict: Verdict;
  /** The result of the handshake. */
  readonly reason: string;
  readonly score: number;
  /** The evidence that made it a candidate. */
  readonly signals: readonly string[];
}

/** What was found of one kind in a namespace (E14). */
export interface InfraScan {
  /** True if at least one may be used for variables. */
  readonly found: boolean;
  /** The candidates that may be used for variables, best first. */
  readonly endpoints: readonly string[];
  readonly candidates: readonly ScannedCandidate[];
}

/** The scans of namespaces, by namespace and kind (E14). */
export type InfraScans = Readonly<Record<string, Readonly<Record<Kind, InfraScan>>>>;

/** The cluster as E14 describes it, as far as a scan reads it. */
export interface ClusterDocument extends ClusterFacts {
  readonly status: "connected";
  readonly infra_scans: InfraScans;
}

/** The endpoints of the Service's own type; the name inside the cluster if there is no other yet. */
export function typedEndpoints({ endpoints }: Candidate): string[] {
  const outside = endpoints.filter(({ reach }) => reach !== "cluster");
  return (outside.length > 0 ? outside : endpoints).map(({ text }) => text);
}

/** Confirmed findings may be used; unconfirmed ones only if the caller allows it; refuted ones never. */
export function mayBeBound({ verdict }: Pick<Finding, "verdict">, allowUnconfirmed: boolean): boolean {
  return verdict === "confirmed" || (allowUnconfirmed && verdict === "unconfirmed");
}

function scanOf(findings: readonly Finding[], allowUnconfirmed: boolean): InfraScan {
  const usable = findings.filter((finding) => mayBeBound(finding, allowUnconfirmed));
  return {
    found: usable.length > 0,
    endpoints: [...new Set(usable.flatMap(({ candidate }) => typedEndpoints(candidate)))],
    candidates: findings.map(({ candidate, verdict, reason }) => ({
      service: candidate.service,
      service_type: candidate.type,
      endpoints: typedEndpoints(candidate),
      verdict,
      reason,
      score: candidate.score,
      signals: candidate.reasons,
    })),
  };
}

/** The findings in E14's form: every namespace that was scanned, with every kind. */
export function infraScans(
  namespaces: readonly string[],
  findings: readonly Finding[],
  allowUnconfirmed: boolean,
): InfraScans {
  const ofKind = (namespace: string, kind: Kind) =>
    findings.filter(({ candidate }) => candidate.namespace === namespace && candidate.kind === kind);
  return Object.fromEntries(
    namespaces.map((namespace) => [
      namespace,
      Object.fromEntries(KINDS.map((kind) => [kind, scanOf(ofKind(namespace, kind), allowUnconfirmed)])) as Record<
        Kind,
        InfraScan
      >,
    ]),
  );
}
