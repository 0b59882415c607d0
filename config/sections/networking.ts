import { isHostName, policyScopes } from "@nexus/contract";
import { z } from "zod";
import { choice, dnsLabel, domainName, flag, integer, text } from "../fields";
import { isAnnotationKey } from "../forms";

const hostName = () =>
  text({ test: isHostName }, "a host name in lower case, without a port and no IP address", "nexus.example.com");

const annotationKey = z.string().refine(isAnnotationKey, {
  error: "is not the key of an annotation: at most 63 letters, digits, - _ . after an optional domain and /",
});
/** Maximum size of all annotations together; the stack's own need a part of the API's limit. */
const ANNOTATIONS_BYTES = 200 * 1024;
const annotations = z
  .record(annotationKey, z.string())
  .refine((all) => JSON.stringify(all).length <= ANNOTATIONS_BYTES, {
    error: `is more than ${ANNOTATIONS_BYTES} bytes`,
  });

const tls = z.strictObject({
  secretName: domainName("nexus-tls").describe("Secret that holds the certificate.").default("nexus-tls"),
  clusterIssuer: domainName("letsencrypt")
    .describe(
      "ClusterIssuer of cert-manager that issues the certificate; null if the Secret is created in another way.",
    )
    .nullable()
    .default(null),
});

const ingress = z.strictObject({
  className: domainName("nginx").describe("Ingress class.").default("nginx"),
  host: hostName().describe("Host name of the studio."),
  tls: tls.nullable().describe("HTTPS; null serves plain HTTP, which staging refuses.").default(null),
  controllerNamespace: dnsLabel("ingress-nginx")
    .describe("Namespace of the controller, which may reach the studio and the kernel's WebSockets.")
    .default("ingress-nginx"),
  timeoutSeconds: integer(1, 86_400).describe("Seconds after which an idle connection is closed.").default(3600),
  annotations: annotations.describe("Further annotations of the Ingress.").default({}),
});

/** How the studio is reached, and who may talk to whom. The ways to reach it combine. */
export const networkingSection = z
  .strictObject({
    nodePort: integer(30_000, 32_767, 30_080)
      .describe("Port on every node that leads to the studio (without a studio, to the kernel); null for none.")
      .nullable()
      .default(null),
    ingress: ingress.nullable().describe("An Ingress; null for none.").default(null),
    networkPolicies: flag().describe("Deny all connections except those that the platform needs.").default(true),
    policyScope: choice(policyScopes)
      .describe("`namespace` denies for the whole namespace, `workload` only for the pods of this stack.")
      .default("namespace"),
    monitoringNamespace: dnsLabel("monitoring")
      .describe("Namespace whose pods may read metrics.")
      .default("monitoring"),
  })
  .prefault({});
export type NetworkingSection = z.output<typeof networkingSection>;
