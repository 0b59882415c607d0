import { isSecretVariable, resolveValues } from "@nexus/compose";
import { bindVariables, type BindOptions, DiscoveryError, type Finding } from "@nexus/discovery";
import { ServiceError } from "@nexus/service";
import type { Converted } from "../projects/conversion";
import type { ProjectVariable } from "../projects/project-content";
import type { Cluster } from "../store/cluster-store";
import type { KnownSettings } from "../settings/setting-service";

/** A variable of a project, with what is known about its value besides what scans found. */
export interface VariableToMap {
  readonly name: string;
  /** Entered by hand. */
  readonly value?: string;
  /** In place of the tenant's own setting. */
  readonly setting?: string | undefined;
  /** From the compose file. */
  readonly default?: string;
}

export interface MappedVariable {
  readonly name: string;
  /** Null where there is none, and where it is secret: those are never sent back. */
  readonly value: string | null;
  readonly source: "manual" | "settings" | "discovery" | "default" | null;
  /** Where a scan found it. */
  readonly from: string | null;
  readonly object: "ConfigMap" | "Secret";
}

const layer = (variables: readonly VariableToMap[], key: "value" | "setting" | "default") =>
  Object.fromEntries(variables.map((variable) => [variable.name, variable[key]]));

/**
 * The value of each variable, in the order of E8, and whether it becomes part of the ConfigMap or of the Secret.
 * @throws ServiceError if `use` names a Service that was not found
 */
export function mapVariables(
  given: readonly VariableToMap[],
  settings: KnownSettings,
  findings: readonly Finding[],
  options: BindOptions,
): { readonly items: MappedVariable[]; readonly notes: readonly string[] } {
  const stored = new Map(Object.entries(settings));
  const variables = given.map((one) => ({ ...one, setting: one.setting ?? stored.get(one.name)?.value }));
  const { bindings, notes } = bind(variables, findings, options);
  const values = resolveValues(
    variables.map(({ name }) => name),
    {
      manual: layer(variables, "value"),
      settings: layer(variables, "setting"),
      discovery: Object.fromEntries(Object.entries(bindings).map(([name, { value }]) => [name, value])),
      default: layer(variables, "default"),
    },
  );
  const known = new Map(Object.entries(values));
  const items = given.map(({ name, setting }): MappedVariable => {
    const { value = null, source = null } = known.get(name) ?? {};
    const own = source === "settings" && setting === undefined ? stored.get(name) : undefined;
    const secret = own?.secret ?? isSecretVariable(name, value ?? "");
    const from = source === "discovery" ? (bindings[name]?.from ?? null) : null;
    return { name, value: secret ? null : value, source, from, object: secret ? "Secret" : "ConfigMap" };
  });
  return { items, notes };
}

/**
 * What the last scan of a cluster found for variables that have the compose file's value (E12).
 * @throws ServiceError if the cluster was not scanned
 */
export function discovered(
  { scan }: Pick<Cluster, "scan">,
  variables: Converted["variables"],
): readonly ProjectVariable[] {
  if (!scan) throw new ServiceError("cluster_not_scanned");
  const open = variables
    .filter(({ source }) => source === "default")
    .map(({ name, value }) => ({ name, ...(value !== null && { default: value }) }));
  const { bindings } = bind(open, scan.findings, {});
  return Object.entries(bindings).map(([name, { value }]) => {
    return { name, value, source: "discovery", secret: isSecretVariable(name, value) };
  });
}

function bind(variables: readonly VariableToMap[], findings: readonly Finding[], options: BindOptions) {
  try {
    return bindVariables(variables, findings, options);
  } catch (error) {
    if (!(error instanceof DiscoveryError)) throw error;
    throw new ServiceError("validation_failed", { detail: error.message });
  }
}
