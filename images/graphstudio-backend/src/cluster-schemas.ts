import { MAX_KUBECONFIG_BYTES } from "@nexus/clusters";
import { KINDS } from "@nexus/discovery";
import { nameText } from "@nexus/service";
import { z } from "zod";
import { variableName, variableValue } from "./setting-schemas";
import { clusterStatuses } from "./store/cluster-states";

/** JSON writes some characters of a kubeconfig as several; the studio's proxy takes no more either. */
export const CLUSTER_BODY_BYTES = 1024 * 1024;

export const clusterParams = z.object({ clusterId: z.uuid() });

const namespace = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, { error: "give the name of a namespace, such as default" });

/** Namespaces of one scan. */
const MAX_NAMESPACES = 10;

export const accountQuery = z.object({
  namespaces: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:,[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,9}$/, {
      error: "give names of namespaces, such as default,shop, at most 10",
    })
    .default("default")
    .describe("Separated by commas; the account is in the first one"),
});
export const account = z.object({
  manifest: z.string().describe("For `kubectl apply`"),
  commands: z.string().describe("They print a kubeconfig with a token of the account"),
});

export const contextsBody = z.object({
  kubeconfig: z.string().max(MAX_KUBECONFIG_BYTES).describe("YAML or JSON; it is never shown again"),
});
export const contexts = z.object({
  names: z.array(z.string()).readonly(),
  current: z.string().nullable().describe("Null where there is none"),
});

export const clusterBody = contextsBody.extend({
  name: nameText(100),
  context: z.string().max(253).optional().describe("Needed where there are several and none is the current one"),
  allow_insecure: z.boolean().default(false).describe("Accept a server whose certificate is not checked"),
});

const kind = z.enum(KINDS);
const verdict = z.enum(["confirmed", "unconfirmed", "refuted"]);
const serviceType = z.enum(["ClusterIP", "NodePort", "LoadBalancer"]);

const foundService = {
  service: z.string(),
  service_type: serviceType,
  endpoints: z.array(z.string()).readonly().describe("Of the Service's type first"),
  verdict: verdict.describe("What the handshake said"),
  reason: z.string(),
};
const infraScan = z.object({
  found: z.boolean().describe("Whether there is one that variables may use"),
  endpoints: z.array(z.string()).readonly().describe("Of those, best first"),
  candidates: z
    .array(
      z.object({
        ...foundService,
        score: z.number().describe("How much speaks for it"),
        signals: z.array(z.string()).readonly().describe("What speaks for it"),
      }),
    )
    .readonly(),
});

export const cluster = z.object({
  cluster_id: z.uuid(),
  name: z.string(),
  context: z.string(),
  server: z.string(),
  namespace: z.string().describe("Empty on the platform's own cluster, until the first deployment gets one"),
  own: z.boolean().describe("Whether it is the cluster that the platform runs in, which cannot be removed"),
  insecure: z.boolean().describe("Whether any certificate of the server is accepted"),
  members_deploy: z.boolean().describe("Whether members deploy there too"),
  status: z.enum(clusterStatuses).describe("As of `checked_at`"),
  status_reason: z.string().nullable(),
  checked_at: z.date(),
  version: z.string().nullable(),
  node_count: z.number().int().nullable().describe("Null where the account may not list nodes"),
  created_at: z.date(),
  scanned_at: z.date().nullable().describe("Null before the first scan"),
  scan_notes: z.array(z.string()).readonly().describe("What the last scan could not read, in sentences"),
  infra_scans: z
    .record(z.string(), z.partialRecord(kind, infraScan))
    .describe("What the last scan found, by namespace and kind"),
});
export const clusterList = z.object({ items: z.array(cluster) });

export const scanBody = z.object({
  namespaces: z.array(namespace).max(MAX_NAMESPACES).default([]).describe("Empty for the one of the kubeconfig"),
});

export const infraList = z.object({
  items: z.array(
    z.object({
      cluster_id: z.uuid(),
      cluster_name: z.string(),
      namespace: z.string(),
      type: kind,
      ...foundService,
      scanned_at: z.date(),
    }),
  ),
});

const MAX_VARIABLES = 500;
const value = variableValue.optional();

export const envmapBody = z.object({
  variables: z
    .array(
      z.object({
        name: variableName,
        value: value.describe("Entered by hand"),
        setting: value.describe("In place of the tenant's own setting"),
        default: value.describe("From the compose file"),
      }),
    )
    .max(MAX_VARIABLES),
  reach: z.enum(["typed", "cluster"]).default("typed").describe("`cluster` for pods of the same cluster"),
  use: z
    .partialRecord(kind, z.string().max(317))
    .default({})
    .describe("The Service to take where there are several of a kind: `service` or `namespace/service`"),
});

export const envmap = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      value: z.string().nullable().describe("Null where there is none, and always in a Secret"),
      source: z.enum(["manual", "settings", "discovery", "default"]).nullable().describe("Null where there is none"),
      from: z.string().nullable().describe("The Service that a scan found"),
      object: z.enum(["ConfigMap", "Secret"]),
    }),
  ),
  notes: z.array(z.string()).readonly(),
});
