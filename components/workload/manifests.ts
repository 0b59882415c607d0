import type * as pulumi from "@pulumi/pulumi";
import { fileMount, fileVolume } from "../lib/authorities";
import { labels, selectorLabels } from "../lib/labels";
import { containerSecurityContext, imagePulls, podSecurityContext } from "../lib/pod-security";
import { resourceRequirements } from "@nexus/contract";
import type { WorkloadArgs } from "./args";

const ANTI_AFFINITY_WEIGHT = 100;
const TOKEN = "cluster-token";
/** The kubelet replaces the token before it ends. */
const TOKEN_SECONDS = 3600;
const tokenVolume = {
  name: TOKEN,
  projected: {
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: TOKEN_SECONDS } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    ],
  },
};

/** The pods of a workload, as Pod Security `restricted` requires. */
export function podTemplate(workload: WorkloadArgs) {
  return {
    metadata: { labels: labels(workload.name, workload.component), annotations: podAnnotations(workload) },
    spec: {
      serviceAccountName: workload.name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...imagePulls(workload.platform.imagePullSecrets),
      securityContext: podSecurityContext(workload.user),
      terminationGracePeriodSeconds: workload.terminationGraceSeconds,
      affinity: spreadOverNodes(workload.name),
      containers: [container(workload)],
      volumes: [
        ...workload.scratch.map(({ name, medium, sizeLimit }) => ({ name, emptyDir: { medium, sizeLimit } })),
        ...workload.files.map(fileVolume),
        ...(workload.clusterToken === null ? [] : [tokenVolume]),
      ],
    },
  };
}

function podAnnotations({ checksum, metricsPort }: WorkloadArgs): Record<string, pulumi.Input<string>> {
  const scrape = metricsPort === null ? {} : scrapeAnnotations(metricsPort);
  return { ...scrape, "checksum/settings": checksum };
}

/** Annotations that tell Prometheus where the metrics are (C8, D21). */
function scrapeAnnotations(port: number): Record<string, string> {
  return { "prometheus.io/scrape": "true", "prometheus.io/port": String(port), "prometheus.io/path": "/metrics" };
}

/** Pods of one workload go to different nodes if there are several (C12, D17). */
function spreadOverNodes(name: string) {
  const podAffinityTerm = {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchLabels: selectorLabels(name) },
  };
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: ANTI_AFFINITY_WEIGHT, podAffinityTerm }],
    },
  };
}

function container(workload: WorkloadArgs) {
  return {
    name: workload.name,
    image: workload.image,
    command: workload.command,
    env: workload.env,
    ports: workload.ports.map(({ name, container: containerPort }) => ({ name, containerPort })),
    startupProbe: workload.startupProbe,
    livenessProbe: workload.livenessProbe,
    readinessProbe: workload.readinessProbe,
    resources: resourceRequirements(workload.resources),
    securityContext: containerSecurityContext,
    volumeMounts: [
      ...workload.scratch.map(({ name, path }) => ({ name, mountPath: path })),
      ...workload.files.map(fileMount),
      ...(workload.clusterToken === null ? [] : [{ name: TOKEN, mountPath: workload.clusterToken, readOnly: true }]),
    ],
  };
}

/** The Deployment. With an autoscaler it has no `replicas`: a field with two owners leads to a conflict (X11). */
export function deploymentSpec(workload: WorkloadArgs) {
  return {
    ...(workload.replicas === null ? {} : { replicas: workload.replicas }),
    revisionHistoryLimit: 5,
    progressDeadlineSeconds: workload.platform.deadlineSeconds,
    strategy: strategy(workload.strategy),
    selector: { matchLabels: selectorLabels(workload.name) },
    template: podTemplate(workload),
  };
}

/**
 * New pods are ready before old ones are stopped (C14, D28), except for a single writer, which cannot run beside its
 * successor.
 */
function strategy(kind: WorkloadArgs["strategy"]) {
  return kind === "recreate"
    ? { type: "Recreate" }
    : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
}

/** The Service; a node port makes the first port reachable from outside the cluster. */
export function serviceSpec({ name, ports, nodePort }: WorkloadArgs) {
  return {
    type: nodePort === null ? "ClusterIP" : "NodePort",
    selector: selectorLabels(name),
    ports: ports.map((port, index) => ({
      name: port.name,
      port: port.service,
      targetPort: port.name,
      protocol: "TCP",
      ...(nodePort !== null && index === 0 ? { nodePort } : {}),
    })),
  };
}

/**
 * Draining nodes evicts one pod at a time, so that one of two or more always runs (C13). A single pod may be evicted.
 */
export function disruptionBudgetSpec(name: string) {
  return { maxUnavailable: 1, selector: { matchLabels: selectorLabels(name) } };
}
