import { isDomainName, OWN_NAMESPACE, OWN_NAMESPACE_TEXT } from "@nexus/contract";
import { z } from "zod";
import { LABEL_VALUE, METADATA_KEY } from "./names";

/** Settings that compose files do not have; in a file they are under `x-nexus` (E15). */

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsLabel = z.string().regex(label, { error: "is not a name of lower-case letters, digits and dashes" });
/** A name that ends in a number would be taken for an address. */
const HOST_NAME = /^(\*\.)?(?!(.*\.)?\d+$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;
const hostName = z.string().max(253).regex(HOST_NAME, { error: "is not a host name" });
const namespace = z.string().regex(OWN_NAMESPACE, { error: `is not ${OWN_NAMESPACE_TEXT}` });
const NOT_CPU = { error: "is not an amount of CPU such as 500m" };
const cpu = z
  .union([
    z.string().regex(/^(\d+(\.\d{1,3})?|[1-9]\d*m)$/, NOT_CPU),
    z.number(NOT_CPU).min(0, NOT_CPU).max(1e6, NOT_CPU).multipleOf(0.001, NOT_CPU),
  ])
  .transform(String);
const memory = z.string().regex(/^[1-9]\d*(Ki|Mi|Gi|Ti)$/, { error: "is not an amount of memory such as 512Mi" });
const amount = z.strictObject({
  cpu: cpu.describe("Cores (0.5) or thousandths of one (500m).").optional(),
  memory: memory.describe("Memory with a unit, such as 512Mi.").optional(),
});
const metadataKey = z.string().max(253).regex(METADATA_KEY, { error: "is not a key that Kubernetes accepts" });
const annotations = z.record(metadataKey, z.string());
const labels = z.record(
  metadataKey,
  z.string().regex(LABEL_VALUE, {
    error: "is not the value of a label: at most 63 letters, digits, - _ .",
  }),
);
const pods = z.int().min(1).max(1000);

/** Settings of one service that the compose file does not have. */
export const deploymentSpecSchema = z
  .strictObject({
    replicas: z
      .int()
      .min(0)
      .max(1000)
      .describe("Pods to run. Without it: the file's `deploy.replicas` or `scale`, else 1.")
      .optional(),
    namespace: namespace.describe("Namespace of this service's objects. Without it: the project's.").optional(),
    resources: z
      .strictObject({
        requests: amount
          .describe("What the scheduler reserves. Without it: the file's, else 100m and 128Mi.")
          .optional(),
        limits: amount.describe("The most a pod may use. Without it: the file's, else 500m and 512Mi.").optional(),
      })
      .describe("CPU and memory of a pod.")
      .optional(),
    service_type: z
      .enum(["ClusterIP", "NodePort", "LoadBalancer"])
      .describe("How the Service is reached. Without it: ClusterIP.")
      .optional(),
    health_check_path: z
      .string()
      .regex(/^\/\S*$/, { error: "is not a path that begins with /" })
      .nullable()
      .describe("HTTP path of the probes; null switches all probes off. Without it: the file's healthcheck.")
      .optional(),
    ingress: z
      .strictObject({
        enabled: z.boolean().describe("false switches it off.").optional(),
        host: hostName.describe("Host name; without it, every one.").optional(),
        path: z
          .string()
          .regex(/^\/(?!\/)(?!.*(\/\/|\/\.{1,2}(\/|$)|%2f))/i, {
            error: "is not a path that begins with / and has no //, /./, /../ or %2F",
          })
          .describe("Path prefix. Without it: /.")
          .optional(),
        tls: z
          .union([z.boolean(), dnsLabel])
          .describe("true takes the Secret `<service>-tls`; a text names another one.")
          .optional(),
        class_name: dnsLabel.describe("Ingress class. Without it: the cluster's own.").optional(),
      })
      .describe("An Ingress to the first TCP port.")
      .optional(),
    autoscaling: z
      .strictObject({
        min_replicas: pods.describe("Fewest pods. Without it: 1.").optional(),
        max_replicas: pods.describe("Most pods."),
        cpu_percent: z
          .int()
          .min(1)
          .max(1000)
          .describe("CPU that pods use on average, in percent of their request. Without it: 80.")
          .optional(),
      })
      .describe("Lets the cluster choose the number of pods by their CPU, instead of `replicas`.")
      .optional(),
    annotations: annotations.describe("Annotations of workload, pods and Ingress.").optional(),
    labels: labels.describe("Labels of workload and pods.").optional(),
    image: z.string().min(1).describe("Image to run instead of the file's.").optional(),
  })
  .describe("Settings of one service.");
export type DeploymentSpec = z.output<typeof deploymentSpecSchema>;

/** Settings of one named volume that the compose file does not have. */
export const volumeSpecSchema = z.strictObject({
  /** @default 1Gi */
  size: memory.optional(),
  /** @default the cluster's */
  storage_class: z.string().refine(isDomainName, { error: "is not a name of a storage class" }).optional(),
  /** @default ReadWriteOnce */
  access_mode: z.enum(["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]).optional(),
});
export type VolumeSpec = z.output<typeof volumeSpecSchema>;

/** `over` on top of `under`: values that the user sets override those of the file. */
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
