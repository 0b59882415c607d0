import { z } from "zod";

/** Settings that compose files do not have; in a file they stand under `x-nexus` (E15). */

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsLabel = z.string().regex(label, { error: "is no name of lower-case letters, digits and dashes" });
const hostName = z.string().regex(/^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: "is no host name" });
const cpu = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^(\d+(\.\d{1,3})?|[1-9]\d*m)$/, { error: "is no amount of CPU such as 500m" }));
const memory = z.string().regex(/^[1-9]\d*(Ki|Mi|Gi|Ti)$/, { error: "is no amount of memory such as 512Mi" });
const amount = z.strictObject({ cpu: cpu.optional(), memory: memory.optional() });
const texts = z.record(z.string(), z.string());

/** What Kubernetes needs to know of one service beyond the compose file. */
export const deploymentSpecSchema = z.strictObject({
  /** Pods to run. @default the file's `deploy.replicas` or `scale`, else 1 */
  replicas: z.int().min(0).max(1000).optional(),
  /** Namespace of this service's objects. @default the stack's */
  namespace: dnsLabel.optional(),
  /** CPU and memory. @default the file's, else 100m/128Mi requested and 500m/512Mi at most */
  resources: z.strictObject({ requests: amount.optional(), limits: amount.optional() }).optional(),
  /** How the Service is reached. @default ClusterIP */
  service_type: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).optional(),
  /** HTTP path of both probes; null switches all probes off. @default the file's healthcheck, else none */
  health_check_path: z
    .string()
    .regex(/^\/\S*$/, { error: "is no path that begins with /" })
    .nullable()
    .optional(),
  /** An Ingress to the first port. @default none */
  ingress: z
    .strictObject({
      enabled: z.boolean().optional(),
      host: hostName.optional(),
      path: z.string().regex(/^\//, { error: "is no path that begins with /" }).optional(),
      /** true takes the Secret `<service>-tls`; a text names another one. */
      tls: z.union([z.boolean(), dnsLabel]).optional(),
      class_name: dnsLabel.optional(),
    })
    .optional(),
  /** Annotations of the workload, its pods and its Ingress. */
  annotations: texts.optional(),
  /** Labels of the workload and its pods. */
  labels: texts.optional(),
  /** Image to run, for services that compose would build. */
  image: z.string().min(1).optional(),
});
export type DeploymentSpec = z.output<typeof deploymentSpecSchema>;

/** What Kubernetes needs to know of one named volume. */
export const volumeSpecSchema = z.strictObject({
  /** @default 1Gi */
  size: memory.optional(),
  /** @default the cluster's */
  storage_class: z.string().min(1).optional(),
  /** @default ReadWriteOnce */
  access_mode: z.enum(["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]).optional(),
});
export type VolumeSpec = z.output<typeof volumeSpecSchema>;

/** `over` on top of `under`: what somebody set by hand wins over what the file says. */
export function mergeSpecs(under: DeploymentSpec, over: DeploymentSpec): DeploymentSpec {
  const { requests, limits } = under.resources ?? {};
  return {
    ...under,
    ...over,
    resources: {
      requests: { ...requests, ...over.resources?.requests },
      limits: { ...limits, ...over.resources?.limits },
    },
    ingress: under.ingress || over.ingress ? { ...under.ingress, ...over.ingress } : undefined,
    annotations: { ...under.annotations, ...over.annotations },
    labels: { ...under.labels, ...over.labels },
  };
}
