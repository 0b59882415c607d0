import { isOutlived } from "../lib/generations";
import { DATA_TYPES } from "../lib/provider";
import type { PlannedObject } from "./planned-object";
import { type RecordedResource, resourceKey } from "./recorded";

const NAMESPACE = "kubernetes:core/v1:Namespace";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const VOLUME_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
/** Servers that an operator runs. The stack never deletes them, but they end with their namespace. */
const OPERATED = "kubernetes:postgresql.cnpg.io/v1:Cluster";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const PROVIDER = "pulumi:providers:kubernetes";

/** The program's objects by {@link resourceKey}; undefined for resources without a fixed object name. */
export type Plan = ReadonlyMap<string, PlannedObject | undefined>;

function isKept(resource: RecordedResource, plan: Plan): boolean {
  const key = resourceKey(resource);
  const planned = plan.get(key);
  const { name, namespace } = resource.outputs.metadata ?? {};
  return plan.has(key) && (!planned || (planned.name === name && (planned.namespace ?? namespace) === namespace));
}

/** A volume with backups stays in the cluster; see `components/data-tier/backup.ts`. */
function isRetained({ type, outputs: { metadata } }: RecordedResource): boolean {
  return type === VOLUME_CLAIM && metadata?.labels?.["app.kubernetes.io/component"] === "backup";
}

/** The database as people know it: by its role, or else by its kind. */
function serverTitle({ type, outputs: { metadata } }: RecordedResource): string {
  const title = `${type === OPERATED ? "Cluster" : "StatefulSet"} ${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
  return metadata?.labels?.["app.kubernetes.io/component"] === "database" ? `the database (${title})` : title;
}

/**
 * One sentence about objects with data that an update deletes, or replaces under another name; undefined if there are
 * none.
 * @param context context of the stack's cluster now
 */
export function lossOf(recorded: readonly RecordedResource[], plan: Plan, context: string): string | undefined {
  const before = recorded.find(({ type }) => type === PROVIDER)?.outputs.context;
  const isMoved = before !== undefined && before !== context;
  const isKeptPassword = ({ type, name }: RecordedResource) =>
    type === PASSWORD && plan.has(resourceKey({ type, name }));
  const passwords = recorded.filter(isKeptPassword).map(({ name }) => name);
  const lost = recorded.filter(
    (one) =>
      (DATA_TYPES.has(one.type) && !isRetained(one) && (isMoved || !isKept(one, plan))) ||
      (one.type === PASSWORD && !plan.has(resourceKey(one)) && !isOutlived(one.name, passwords)),
  );
  const of = (wanted: string) => lost.filter(({ type }) => type === wanted);
  const spaces = of(NAMESPACE).map(({ outputs }) => outputs.metadata?.name);
  const isWithin = ({ outputs }: RecordedResource) => spaces.includes(outputs.metadata?.namespace);
  const parts = [
    ...of(NAMESPACE).map((space) => {
      const name = space.outputs.metadata?.name;
      const all = [...of(STATEFUL_SET), ...recorded.filter(({ type }) => type === OPERATED)];
      const servers = all.filter(({ outputs }) => outputs.metadata?.namespace === name);
      const named = servers.length > 0 ? `: ${servers.map(serverTitle).join(", ")}, and every volume` : "";
      return `the namespace ${name} with everything in it${named}`;
    }),
    ...of(STATEFUL_SET)
      .filter((one) => !isWithin(one))
      .map((one) => `${serverTitle(one)}, whose volume remains`),
    ...of(VOLUME_CLAIM)
      .filter((one) => !isWithin(one))
      .map(({ outputs }) => `the volume ${outputs.metadata?.namespace}/${outputs.metadata?.name} with its data`),
    ...of(PASSWORD).map(({ name }) => `the generated secret ${name}`),
  ];
  if (parts.length === 0) return undefined;
  return `This update deletes ${parts.join("; ")}${isMoved ? `, in the cluster of context ${before}` : ""}.`;
}
