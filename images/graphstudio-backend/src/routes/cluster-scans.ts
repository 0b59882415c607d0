import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { Readable } from "node:stream";
import { clusterDocument } from "../cluster-document";
import * as schemas from "../cluster-schemas";
import type { InfraService, ScanEvent, ScanService } from "../clusters/scan-service";
import { memberErrors } from "../tenant-schemas";

export interface ClusterScanRoutesOptions {
  readonly service: ScanService;
  /** Also takes API keys. */
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const JSON_LINES = "application/x-ndjson";
const SERVICES = "/api/kubernetes/services";
const CLUSTER = "/api/kubernetes/clusters/:clusterId";

/** What scans find in the clusters of a tenant. */
export function registerClusterScanRoutes(
  app: App,
  { service, authenticate: onRequest }: ClusterScanRoutesOptions,
): void {
  const common = { tags: ["clusters"], security: [{ bearer: [] }] };
  const read = { ...common, permission: "clusters.read" } as const;
  const manage = { ...common, permission: "clusters.manage" } as const;
  const errors = ["database_unavailable", ...memberErrors] as const;

  app.post(
    `${CLUSTER}/scan-infra`,
    {
      onRequest,
      schema: {
        ...manage,
        params: schemas.clusterParams,
        body: schemas.scanBody,
        response: {
          200: {
            description:
              "One event on each line, as it happens: `progress`, `finding`, and at the end `end` with the cluster, or `failed`",
            content: { [JSON_LINES]: { schema: { type: "string" } } },
          },
        },
        errors: [
          ...errors,
          "cluster_not_found",
          "cluster_namespace_not_found",
          "cluster_unauthorized",
          "cluster_unavailable",
          "kubeconfig_refused",
          "rate_limited",
          "scans_busy",
        ],
      },
    },
    async (request, reply) => {
      const { clusterId } = request.params;
      const events = await service.scan(requirePrincipal(request), clusterId, request.body.namespaces);
      // Somebody watches, so nginx must not collect the lines.
      return reply
        .type(JSON_LINES)
        .header("x-accel-buffering", "no")
        .send(Readable.from(lines(events)));
    },
  );

  for (const which of ["available", "infra"] as const)
    app.get(
      `${SERVICES}/${which}`,
      { onRequest, schema: { ...read, response: { 200: schemas.infraList }, errors } },
      async (request) => ({ items: (await service[which](requirePrincipal(request))).map(infraDocument) }),
    );

  app.post(
    `${CLUSTER}/envmap`,
    {
      onRequest,
      bodyLimit: schemas.CLUSTER_BODY_BYTES,
      schema: {
        ...read,
        params: schemas.clusterParams,
        body: schemas.envmapBody,
        response: { 200: schemas.envmap },
        errors: [...errors, "cluster_not_found", "cluster_not_scanned", "contents_unreadable"],
      },
    },
    async (request) => {
      const { variables, ...options } = request.body;
      return await service.map(requirePrincipal(request), request.params.clusterId, variables, options);
    },
  );
}

async function* lines(events: AsyncIterable<ScanEvent>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(eventDocument(event))}\n`;
}

function eventDocument(event: ScanEvent): object {
  if (event.kind === "end") return { ...event, cluster: clusterDocument(event.cluster) };
  if (event.kind !== "finding") return event;
  const { serviceType, ...finding } = event;
  return { ...finding, service_type: serviceType };
}

function infraDocument({ clusterId, clusterName, scannedAt, serviceType, ...found }: InfraService) {
  return {
    ...found,
    cluster_id: clusterId,
    cluster_name: clusterName,
    service_type: serviceType,
    scanned_at: scannedAt,
  };
}
