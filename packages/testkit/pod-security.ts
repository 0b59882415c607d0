import { z } from "zod";

const securityContext = z.looseObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  runAsGroup: z.number().optional(),
  fsGroup: z.number().optional(),
  privileged: z.boolean().optional(),
  allowPrivilegeEscalation: z.boolean().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  procMount: z.string().optional(),
  capabilities: z.object({ add: z.array(z.string()).optional(), drop: z.array(z.string()).optional() }).optional(),
  seccompProfile: z.object({ type: z.string() }).optional(),
});
type SecurityContext = z.output<typeof securityContext>;

const containerSchema = z.looseObject({
  name: z.string(),
  securityContext: securityContext.optional(),
  ports: z.array(z.looseObject({ hostPort: z.number().optional() })).optional(),
});

const podSchema = z.looseObject({
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  securityContext: securityContext.optional(),
  containers: z.array(containerSchema),
  initContainers: z.array(containerSchema).optional(),
  volumes: z.array(z.record(z.string(), z.unknown())).optional(),
});

const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

function containerViolations(container: z.output<typeof containerSchema>, pod: SecurityContext): string[] {
  const own = container.securityContext ?? {};
  const found: string[] = [];
  const rule = (holds: boolean, text: string) => void (holds || found.push(`${container.name}: ${text}`));
  rule((own.runAsNonRoot ?? pod.runAsNonRoot) === true, "may run as root");
  rule((own.runAsUser ?? pod.runAsUser) !== 0, "runs as user 0");
  rule(own.privileged !== true, "is privileged");
  rule(own.allowPrivilegeEscalation === false, "may gain privileges");
  rule(own.capabilities?.drop?.includes("ALL") === true, "keeps capabilities");
  rule(
    (own.capabilities?.add ?? []).every((name) => name === "NET_BIND_SERVICE"),
    "adds capabilities",
  );
  rule(
    ["RuntimeDefault", "Localhost"].includes((own.seccompProfile ?? pod.seccompProfile)?.type ?? ""),
    "has no seccomp profile",
  );
  rule((own.procMount ?? "Default") === "Default", "has an unmasked /proc");
  rule(
    (container.ports ?? []).every(({ hostPort }) => !hostPort),
    "takes a port of the node",
  );
  return found;
}

/** What the Pod Security level `restricted` (policy of Kubernetes 1.25 and later) would refuse in a pod. */
export function restrictedViolations(spec: unknown): string[] {
  const pod = podSchema.parse(spec);
  const found: string[] = [];
  if (pod.hostNetwork || pod.hostPID || pod.hostIPC) found.push("pod: shares a namespace of the node");
  for (const { name, ...source } of pod.volumes ?? [])
    for (const kind of Object.keys(source))
      if (!VOLUMES.includes(kind)) found.push(`volume ${String(name)}: ${kind} is not allowed`);
  const containers = [...pod.containers, ...(pod.initContainers ?? [])];
  return [...found, ...containers.flatMap((container) => containerViolations(container, pod.securityContext ?? {}))];
}
