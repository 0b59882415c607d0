import { policyScopes } from "@nexus/contract";
import { z } from "zod";
import { choice, dnsLabel, flag, integer, text } from "../fields";

const hostName = () => text(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "a host name", "nexus.example.com");

const tls = z.strictObject({
  secretName: dnsLabel("nexus-tls").describe("Secret that holds the certificate.").default("nexus-tls"),
  clusterIssuer: text(/^\S+$/, "the name of an issuer", "letsencrypt")
    .describe("cert-manager ClusterIssuer that makes the certificate; null when the Secret is made otherwise.")
    .nullable()
    .default(null),
});

const ingress = z.strictObject({
  className: dnsLabel("nginx").describe("Ingress class.").default("nginx"),
  host: hostName().describe("Host name of the studio."),
  tls: tls.nullable().describe("HTTPS; null serves plain HTTP, which staging refuses.").default(null),
  controllerNamespace: dnsLabel("ingress-nginx")
    .describe("Namespace of the controller, which may reach the studio and the kernel's WebSockets.")
    .default("ingress-nginx"),
  timeoutSeconds: integer(1, 86_400).describe("How long a quiet connection stays open.").default(3600),
  annotations: z.record(z.string(), z.string()).describe("Further annotations of the Ingress.").default({}),
});

/** How the studio is reached, and who may talk to whom. The ways to reach it combine. */
export const networkingSection = z
  .strictObject({
    nodePort: integer(30_000, 32_767, 30_080)
      .describe("Port of every node that leads to the studio, or to the kernel where there is none; null for none.")
      .nullable()
      .default(null),
    ingress: ingress.nullable().describe("An Ingress; null for none.").default(null),
    networkPolicies: flag().describe("Deny all traffic but the declared edges.").default(true),
    policyScope: choice(policyScopes)
      .describe("`namespace` denies for the whole namespace, `workload` only for the pods of this stack.")
      .default("namespace"),
    monitoringNamespace: dnsLabel("monitoring")
      .describe("Namespace whose pods may read metrics.")
      .default("monitoring"),
  })
  .prefault({});
export type NetworkingSection = z.output<typeof networkingSection>;
