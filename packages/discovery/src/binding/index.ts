import type { Candidate } from "../candidates";
import { hostAndPort, type Endpoint } from "../candidates/endpoints";
import type { Finding } from "../confirm";
import { DiscoveryError } from "../discovery-error";
import { mayBeBound } from "../document";
import { KINDS, type Kind } from "../kinds";
import { meaningOf, type Meaning, type WantedVariable } from "./variable-meaning";

/** A variable's value from discovery. It never holds credentials: discovery knows none. */
export interface Binding {
  readonly value: string;
  readonly source: "discovery";
  /** Where the value was found, such as "redis team-a/cache (confirmed)". */
  readonly from: string;
}

export interface BindOptions {
  readonly allowUnconfirmed?: boolean;
  /**
   * "typed" uses the endpoint of the Service's type (E13); "cluster" uses the name inside the cluster of every Service,
   * for stacks that run in the same cluster.
   * @default "typed"
   */
  readonly reach?: "typed" | "cluster";
  /** The Service to use if there are several of a kind, as `service` or `namespace/service`. */
  readonly use?: Readonly<Partial<Record<Kind, string>>>;
}

export interface Bound {
  readonly bindings: Readonly<Record<string, Binding>>;
  /** Choices that a person should know about, in sentences. */
  readonly notes: readonly string[];
}

const fullName = ({ namespace, service }: Candidate) => `${namespace}/${service}`;

/** The endpoint for variables: the first one of the Service's type that has an address. */
function chosenEndpoint({ endpoints }: Candidate, reach: "typed" | "cluster"): Endpoint | undefined {
  const usable = endpoints.filter(({ host }) => host !== undefined);
  return reach === "cluster" ? usable.find((one) => one.reach === "cluster") : usable[0];
}

function valueOf({ part, scheme, path }: Meaning, host: string, port: number): string {
  switch (part) {
    case "url":
      return `${scheme}://${hostAndPort(host, port)}${path}`;
    case "host":
      return host;
    case "port":
      return String(port);
    case "address":
      return hostAndPort(host, port);
  }
}

/** The best finding of a kind that may be used for variables, and a note if a person might want another one. */
function choose(kind: Kind, usable: readonly Finding[], use: string | undefined): { chosen?: Finding; note?: string } {
  const ofKind = usable.filter(({ candidate }) => candidate.kind === kind);
  if (use !== undefined) {
    const chosen = ofKind.find(({ candidate }) => candidate.service === use || fullName(candidate) === use);
    if (chosen) return { chosen };
    const names = [...new Set(ofKind.map(({ candidate }) => fullName(candidate)))];
    throw new DiscoveryError(
      "arguments",
      `There is no ${kind} at Service "${use}" that may be bound. ` +
        `Fix: ${names.length > 0 ? `--use ${kind}=<${names.join(" | ")}>` : `see the reasons in the table of findings`}`,
    );
  }
  const [chosen] = ofKind;
  const rivals = ofKind.filter(
    ({ candidate, verdict }) =>
      chosen &&
      verdict === chosen.verdict &&
      !candidate.headless &&
      !candidate.replica &&
      fullName(candidate) !== fullName(chosen.candidate),
  );
  if (!chosen || rivals.length === 0) return { chosen };
  const others = [...new Set(rivals.map(({ candidate }) => fullName(candidate)))].join(", ");
  const note = `${kind}: took ${fullName(chosen.candidate)}, not ${others}. To take another: --use ${kind}=<service>`;
  return { chosen, note };
}

/**
 * Sets the variables of a stack from the findings. Variables with another meaning, or of a kind that was not found, are
 * left out; a refuted finding is never used.
 * @param findings best first, as `discover` returns them
 * @throws DiscoveryError if `use` names a Service that may not be used
 */
export function bindVariables(
  wanted: readonly WantedVariable[],
  findings: readonly Finding[],
  options: BindOptions = {},
): Bound {
  const usable = findings.filter((finding) => mayBeBound(finding, options.allowUnconfirmed ?? false));
  const choices = new Map(KINDS.map((kind) => [kind, choose(kind, usable, options.use?.[kind])]));
  const bindings: Record<string, Binding> = {};
  const notes = new Set<string>();
  for (const variable of wanted) {
    const meaning = meaningOf(variable, wanted);
    const { chosen, note } = (meaning && choices.get(meaning.kind)) ?? {};
    const endpoint = chosen && chosenEndpoint(chosen.candidate, options.reach ?? "typed");
    if (!meaning || !chosen || endpoint?.host === undefined) continue;
    const from = `${meaning.kind} ${fullName(chosen.candidate)} (${chosen.verdict})`;
    bindings[variable.name] = { value: valueOf(meaning, endpoint.host, endpoint.port), source: "discovery", from };
    if (note) notes.add(note);
    if (/:\/\/[^/?#]*@/.test(variable.default ?? ""))
      notes.add(
        `${variable.name}: the credentials of the compose default were left out; set the value by hand to keep them`,
      );
  }
  return { bindings, notes: [...notes] };
}

/** Only names and values, as the deployment of a compose stack takes them. */
export function discoveredValues(bindings: Readonly<Record<string, Binding>>): Record<string, string> {
  return Object.fromEntries(Object.entries(bindings).map(([name, { value }]) => [name, value]));
}
