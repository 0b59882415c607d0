import { forStack, localUrl, printable } from "@nexus/host";
import { backupRows } from "../backup-status";
import { kubectlList } from "../kubectl";
import type {
  Autoscaler,
  CronJob,
  EndpointSlice,
  Job,
  KubernetesEvent,
  Node,
  Pod,
  Service,
  Workload,
} from "../kubernetes-types";
import { openSession } from "../open-session";
import { secretRows } from "../secret-ages";
import type { Session } from "../session";
import { type Present, solvedUntil } from "../solved";
import { type ConfigMap, releasesAmong } from "../stack-releases";
import type { StackOptions } from "../stack-settings";
import { age, table } from "../table";
import { type Measured, readableAmount, usageRows } from "../usage";

const KINDS =
  "deployments,statefulsets,replicasets,pods,services,endpointslices,horizontalpodautoscalers,persistentvolumeclaims,cronjobs,jobs,configmaps,events";
const MEASURED = "pods.metrics.k8s.io,nodes.metrics.k8s.io";
const WARNINGS_SHOWN = 8;
/** A36: a pod with more restarts than this is marked. */
const RESTARTS_TO_INVESTIGATE = 3;

function restartsOf(pod: Pod): number {
  return (pod.status.containerStatuses ?? []).reduce((sum, one) => sum + one.restartCount, 0);
}

/** One row per workload: ready and wanted pods, restarts, and why it is not ready. */
export function workloadRows(workloads: readonly Workload[], pods: readonly Pod[]): string[][] {
  const rows = workloads.map((workload) => {
    const name = workload.metadata.name;
    const own = pods.filter((pod) => pod.metadata.labels?.["app.kubernetes.io/name"] === name);
    const restarts = own.reduce((sum, pod) => sum + restartsOf(pod), 0);
    const wanted = workload.spec.replicas ?? 1;
    const ready = workload.status.readyReplicas ?? 0;
    const waiting = own
      .flatMap((pod) => pod.status.containerStatuses ?? [])
      .map((one) => one.state?.waiting?.reason)
      .find((reason) => reason !== undefined);
    const remark = restarts > RESTARTS_TO_INVESTIGATE ? "restarts: look at logs --previous" : "";
    const { replicas = 0, updatedReplicas = 0 } = workload.status;
    // Old pods may be ready while the new ones are not.
    const done = ready >= wanted && updatedReplicas >= replicas;
    const state =
      wanted === 0 ? "scaled to 0" : done ? "ready" : (waiting ?? (ready >= wanted ? "rolling out" : "starting"));
    return [name, `${ready}/${wanted}`, state, String(restarts), age(workload.metadata.creationTimestamp), remark];
  });
  return [["WORKLOAD", "READY", "STATE", "RESTARTS", "AGE", ""], ...rows];
}

/** One row per Service: its type and ports, and the number of ready addresses behind it (B23). */
export function serviceRows(services: readonly Service[], slices: readonly EndpointSlice[]): string[][] {
  const rows = services.map((service) => {
    const own = slices.filter((one) => one.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name);
    const addresses = own
      .flatMap((slice) => slice.endpoints ?? [])
      .filter((endpoint) => endpoint.conditions?.ready !== false)
      .flatMap((endpoint) => endpoint.addresses);
    const ports = (service.spec.ports ?? []).map((one) =>
      one.nodePort ? `${one.port}:${one.nodePort}` : String(one.port),
    );
    const type = service.spec.clusterIP === "None" ? "Headless" : (service.spec.type ?? "?");
    return [service.metadata.name, type, ports.join(","), addresses.length > 0 ? addresses.join(",") : "none"];
  });
  return [["SERVICE", "TYPE", "PORTS", "ENDPOINTS"], ...rows];
}

/** One row per autoscaler: pods and their range, and each metric as current/target for one pod. */
export function autoscalerRows(autoscalers: readonly Autoscaler[]): string[][] {
  const rows = autoscalers.map(({ metadata, spec, status }) => {
    const metrics = (spec.metrics ?? []).map(({ resource }) => {
      const now = (status.currentMetrics ?? []).find((one) => one.resource?.name === resource?.name);
      const name = resource?.name ?? "?";
      const [current, target] = [now?.resource?.current, resource?.target].map((one) =>
        one?.averageValue === undefined ? "?" : readableAmount(name, one.averageValue),
      );
      return `${name} ${current}/${target}`;
    });
    const range = `${status.currentReplicas ?? 0} of ${spec.minReplicas ?? 1}-${spec.maxReplicas}`;
    return [metadata.name, range, metrics.join(", ")];
  });
  return [["AUTOSCALER", "PODS", "NOW/TARGET"], ...rows];
}

function eventTime(event: KubernetesEvent): string {
  return event.lastTimestamp ?? event.series?.lastObservedTime ?? event.eventTime ?? event.metadata.creationTimestamp;
}

/** Kinds of objects that are asked for: one that is not among them is gone. */
const LISTED = [
  "Deployment",
  "StatefulSet",
  "ReplicaSet",
  "Pod",
  "Service",
  "HorizontalPodAutoscaler",
  "PersistentVolumeClaim",
  "CronJob",
  "Job",
];

/** Events by their time, oldest first (A33d): all, or the newest warnings that are not solved. */
export function eventRows(events: readonly KubernetesEvent[], all: boolean, present: readonly Present[]): string[][] {
  const known = new Map(present.map((object) => [object.metadata.uid, object]));
  const isOpen = (event: KubernetesEvent) => {
    const { kind, uid } = event.involvedObject;
    const object = known.get(uid);
    return object ? eventTime(event) > (solvedUntil(object) ?? "") : !LISTED.includes(kind ?? "");
  };
  const sorted = [...events].sort((a, b) => eventTime(a).localeCompare(eventTime(b)));
  const warnings = () => sorted.filter((event) => event.type === "Warning" && isOpen(event));
  const rows = (all ? sorted : warnings().slice(-WARNINGS_SHOWN)).map((event) => [
    age(eventTime(event)),
    `${event.involvedObject.kind?.toLowerCase() ?? "?"}/${event.involvedObject.name ?? "?"}`,
    event.reason ?? "",
    printable(event.message?.split("\n")[0]?.slice(0, 120) ?? ""),
  ]);
  return [["AGE", "OBJECT", "REASON", all ? "EVENT" : "WARNING"], ...rows];
}

/** Empty if the cluster has no metrics-server, has not measured yet, or refuses this user. */
async function measuredBy(session: Session): Promise<readonly (Measured | Node)[]> {
  const list = (kinds: string) => kubectlList<Measured | Node>(session, kinds);
  // Some users may read the usage of nodes but not the nodes.
  return list(`${MEASURED},nodes`).catch(() => list(MEASURED).catch(() => []));
}

/** Prints the state of the workloads in a session's namespace, with all events or the newest warnings. */
export async function showStatus(session: Session, allEvents = false): Promise<void> {
  // One kubectl call for all objects: starting kubectl costs more than the answer.
  const [objects, usage] = await Promise.all([kubectlList<Present>(session, KINDS), measuredBy(session)]);
  const all = <Item>(kind: string) => objects.filter((object) => object.kind === kind) as unknown as Item[];
  const nodes = usage.filter((one) => one.kind === "Node");
  const measured = usage.filter((one) => one.kind !== "Node");
  const workloads = [...all<Workload>("Deployment"), ...all<Workload>("StatefulSet")];
  if (workloads.length === 0) {
    const { namespace, stack } = session.settings;
    process.stdout.write(forStack(`Nothing is deployed in namespace ${namespace}. Fix: npm run up\n`, stack));
    return;
  }
  const parts = [
    workloadRows(workloads, all<Pod>("Pod")),
    serviceRows(all<Service>("Service"), all<EndpointSlice>("EndpointSlice")),
    autoscalerRows(all<Autoscaler>("HorizontalPodAutoscaler")),
    backupRows(all<CronJob>("CronJob"), all<Job>("Job"), all<Pod>("Pod"), Date.now()),
    secretRows(releasesAmong(all<ConfigMap>("ConfigMap"))),
    usageRows(measured, all<Pod>("Pod"), nodes),
  ];
  const events = eventRows(all<KubernetesEvent>("Event"), allEvents, objects);
  process.stdout.write(
    parts
      .filter((rows) => rows.length > 1)
      .map((rows) => table(rows))
      .join("\n\n") + "\n",
  );
  if (measured.length === 0) process.stdout.write("\nNo CPU and memory usage: metrics-server has no values.\n");
  process.stdout.write(events.length > 1 ? `\n${table(events)}\n` : `\nNo ${allEvents ? "events" : "warnings"}.\n`);
  if (!session.platform) return;
  const { urls, ingressPort } = session.platform;
  process.stdout.write(`\nStudio:  ${urls.studio}\n`);
  if (ingressPort !== undefined) process.stdout.write(`Ingress: ${localUrl(ingressPort)}\n`);
}

/** `npm run status`: workloads, endpoints, autoscalers, ages of secrets, usage and warnings at a glance (A16, A33). */
export async function status(options: StackOptions & { readonly events: boolean }): Promise<void> {
  await showStatus(await openSession(options, false), options.events);
}
