import { MAX_KUBECONFIG_BYTES } from "@nexus/clusters";
import { nameText } from "@nexus/service";
import { z } from "zod";
import { clusterStatuses } from "./store/cluster-states";

/** JSON writes some characters of a kubeconfig as several; the studio's proxy takes no more either. */
export const CLUSTER_BODY_BYTES = 1024 * 1024;

export const clusterParams = z.object({ clusterId: z.uuid() });

export const clusterBody = z.object({
  name: nameText(100),
  kubeconfig: z.string().max(MAX_KUBECONFIG_BYTES).describe("YAML or JSON; it is never shown again"),
  context: z.string().max(253).optional().describe("Needed where there are several and none is the current one"),
  allow_insecure: z.boolean().default(false).describe("Accept a server whose certificate is not checked"),
});

export const cluster = z.object({
  cluster_id: z.uuid(),
  name: z.string(),
  context: z.string(),
  server: z.string(),
  namespace: z.string(),
  insecure: z.boolean().describe("Whether any certificate of the server is accepted"),
  status: z.enum(clusterStatuses).describe("As of `checked_at`"),
  status_reason: z.string().nullable(),
  checked_at: z.date(),
  version: z.string().nullable(),
  node_count: z.number().int().nullable().describe("Null where the account may not list nodes"),
  created_at: z.date(),
});
export const clusterList = z.object({ items: z.array(cluster) });
