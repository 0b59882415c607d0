import { createHash } from "node:crypto";
import type { LossReport } from "../losses";
import type { PodSecurity } from "../model/security";
import type { Hook, Service, Volume } from "../model/types";
import { commands, execCommand } from "./commands";
import type { Gates } from "./gates";
import { compact, labelsOf, selectorOf, type Target } from "./objects";
import { probes } from "./probes";
import { resourceRequirements } from "./resources";
import { podVolumes } from "./volumes";

export interface PodContext {
  readonly target: Target;
  readonly service: Service;
  readonly ports: readonly { readonly name: string; readonly target: number; readonly protocol: string }[];
  readonly envFrom: readonly object[];
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Volumes of claim templates, which the pod gets automatically. */
  readonly templates: ReadonlySet<string>;
  /** Volumes that other pods mount too and that only one node can mount. */
  readonly shared: readonly string[];
  readonly gates: Gates;
  /** Labels by which policies recognise the networks. */
  readonly networks: Readonly<Record<string, string>>;
  readonly podSecurity: PodSecurity;
  readonly imagePullSecret: string | undefined;
  /** Values that replace the pods when they change; none of them is secret. */
  readonly settings: unknown;
  readonly report: LossReport;
}

/** The pods of a service. */
export function podTemplate(context: PodContext, restartPolicy?: string) {
  const { service, target, gates } = context;
  const { volumes, volumeMounts } = podVolumes(service, context.volumes, context.templates);
  const { spec } = service;
  return {
    metadata: {
      labels: {
        ...Object.fromEntries(service.labels),
        ...spec.labels,
        ...shareLabels(context),
        ...context.networks,
        ...labelsOf(target, "service"),
      },
      annotations: {
        ...Object.fromEntries(service.annotations),
        ...spec.annotations,
        "checksum/settings": createHash("sha256").update(JSON.stringify(context.settings)).digest("hex"),
      },
    },
    spec: compact({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      serviceAccountName: gates.serviceAccountName,
      restartPolicy,
      hostname: service.hostname,
      hostAliases: [...service.hostAliases],
      dnsConfig: dnsConfig(service),
      shareProcessNamespace: service.init ? true : undefined,
      terminationGracePeriodSeconds: service.graceSeconds === undefined ? undefined : Math.ceil(service.graceSeconds),
      imagePullSecrets: context.imagePullSecret === undefined ? undefined : [{ name: context.imagePullSecret }],
      securityContext: podSecurityContext(service, context.podSecurity),
      ...scheduling(context),
      initContainers: [...gates.initContainers],
      containers: [container(context, volumeMounts)],
      volumes: [...volumes, ...gates.volumes],
    }),
  };
}

function container(context: PodContext, volumeMounts: readonly object[]) {
  const { service, target, ports, envFrom, report } = context;
  return compact({
    name: target.name,
    image: service.image,
    imagePullPolicy: service.pullPolicy,
    ...commands(service, report),
    workingDir: service.workingDir,
    envFrom: [...envFrom],
    ports: ports.map(({ name, target: containerPort, protocol }) => ({ name, containerPort, protocol })),
    ...probes(service, ports.find(({ protocol }) => protocol === "TCP")?.name, report),
    lifecycle: compact({ postStart: hook(service.postStart), preStop: hook(service.preStop) }),
    stdin: service.stdin ? true : undefined,
    tty: service.tty ? true : undefined,
    resources: resourceRequirements(service),
    securityContext: containerSecurityContext(service, context.podSecurity),
    volumeMounts: [...volumeMounts],
  });
}

function podSecurityContext({ user, groups, sysctls, mounts }: Service, level: PodSecurity) {
  // Claims and files belong to root; through the group, another user can write to claims, and read files that not
  // everybody may read.
  const needsGroup = mounts.some(
    (mount) => mount.kind === "volume" || (mount.kind === "files" && mount.mode !== undefined && !(mount.mode & 0o004)),
  );
  const writes = needsGroup && user !== undefined && user.uid !== 0;
  return compact({
    runAsNonRoot: level === "restricted" ? true : undefined,
    runAsUser: user?.uid,
    runAsGroup: user?.gid,
    fsGroup: writes ? (user.gid ?? user.uid) : undefined,
    supplementalGroups: [...groups],
    sysctls: sysctls.map(([name, value]) => ({ name, value })),
    seccompProfile: { type: "RuntimeDefault" },
  });
}

function containerSecurityContext({ capabilities, readOnlyRoot, noNewPrivileges }: Service, level: PodSecurity) {
  const drop = level === "restricted" ? ["ALL"] : [...capabilities.drop];
  return compact({
    allowPrivilegeEscalation: noNewPrivileges || level === "restricted" ? false : undefined,
    readOnlyRootFilesystem: readOnlyRoot ? true : undefined,
    capabilities: compact({ add: [...capabilities.add], drop }),
  });
}

function dnsConfig({ dns }: Service) {
  const options = dns.options.map((text) => {
    const [name = "", value] = text.split(":");
    return compact({ name, value });
  });
  return compact({ nameservers: [...dns.servers], searches: [...dns.searches], options });
}

/** A container has one hook of each kind, so several commands become one shell line. */
function hook(hooks: readonly Hook[]): object | undefined {
  const [only, ...others] = hooks;
  if (!only) return undefined;
  if (others.length === 0 && only.directory === undefined && only.environment.length === 0)
    return { exec: { command: execCommand(only.run) } };
  const line = hooks.map(({ run, directory, environment }) => {
    const variables = environment.map(([name, value]) => `${name}=${quote(value)} `).join("");
    return `${directory === undefined ? "" : `cd ${quote(directory)} && `}${variables}${execCommand(run).map(quote).join(" ")}`;
  });
  return { exec: { command: ["/bin/sh", "-c", line.map((one) => `(${one})`).join(" && ")] } };
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const HOSTNAME = "kubernetes.io/hostname";

function shareLabels({ shared }: PodContext): Record<string, string> {
  return Object.fromEntries(shared.map((volume) => [`volume.nexus/${volume}`, "shared"]));
}

function scheduling(context: PodContext) {
  const { service, target, shared } = context;
  const { nodeLabels, spread, onePerNode } = service.placement;
  const equal = nodeLabels.filter((one) => one.equal).map(({ key, value }) => [key, value]);
  const other = nodeLabels.filter((one) => !one.equal);
  const matchExpressions = other.map(({ key, value }) => ({ key, operator: "NotIn", values: [value] }));
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  // A volume that only one node can mount keeps its pods on that node.
  const together = shared.map((volume) => ({
    topologyKey: HOSTNAME,
    labelSelector: { matchLabels: { [`volume.nexus/${volume}`]: "shared" } },
  }));
  const matchLabels = selectorOf(target);
  return {
    nodeSelector: Object.fromEntries(equal) as Record<string, string>,
    affinity: compact({
      nodeAffinity: other.length > 0 ? { [required]: { nodeSelectorTerms: [{ matchExpressions }] } } : undefined,
      podAffinity: together.length > 0 ? { [required]: together } : undefined,
      podAntiAffinity: onePerNode
        ? { [required]: [{ topologyKey: HOSTNAME, labelSelector: { matchLabels } }] }
        : undefined,
    }),
    topologySpreadConstraints: spread.map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels },
    })),
  };
}
