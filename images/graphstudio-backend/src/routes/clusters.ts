import { accountManifest, kubeconfigCommands } from "@nexus/clusters";
import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import * as schemas from "../cluster-schemas";
import type { ClusterService } from "../clusters/cluster-service";
import { clusterDocument } from "../cluster-document";
import { memberErrors } from "../tenant-schemas";

export interface ClusterRoutesOptions {
  readonly service: ClusterService;
  /** Also takes API keys. */
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const CLUSTERS = "/api/kubernetes/clusters";
const CLUSTER = `${CLUSTERS}/:clusterId`;

/** Clusters of the tenant that the token is for. */
export function registerClusterRoutes(app: App, { service, authenticate: onRequest }: ClusterRoutesOptions): void {
  const common = { tags: ["clusters"], security: [{ bearer: [] }] };
  const read = { ...common, permission: "clusters.read" } as const;
  const manage = { ...common, permission: "clusters.manage" } as const;
  const errors = ["database_unavailable", ...memberErrors] as const;
  const found = [...errors, "cluster_not_found"] as const;

  app.get(
    CLUSTERS,
    { onRequest, schema: { ...read, response: { 200: schemas.clusterList }, errors } },
    async (request) => ({
      items: (await service.list(requirePrincipal(request))).map(clusterDocument),
    }),
  );

  app.post(
    CLUSTERS,
    {
      onRequest,
      bodyLimit: schemas.CLUSTER_BODY_BYTES,
      schema: {
        ...manage,
        body: schemas.clusterBody,
        response: { 201: schemas.cluster },
        errors: [
          ...errors,
          "kubeconfig_unusable",
          "kubeconfig_refused",
          "cluster_name_taken",
          "limit_reached",
          "rate_limited",
        ],
      },
    },
    async (request, reply) => {
      const { allow_insecure: allowInsecure, ...about } = request.body;
      const added = await service.add(requirePrincipal(request), { ...about, context: about.context, allowInsecure });
      return reply.code(201).send(clusterDocument(added));
    },
  );

  app.get(
    "/api/kubernetes/account",
    {
      onRequest,
      schema: { ...read, querystring: schemas.accountQuery, response: { 200: schemas.account }, errors },
    },
    async (request) => {
      const namespaces = request.query.namespaces.split(",");
      await service.requireReader(requirePrincipal(request));
      return { manifest: accountManifest(namespaces), commands: kubeconfigCommands(namespaces[0] ?? "") };
    },
  );

  app.post(
    "/api/kubernetes/contexts",
    {
      onRequest,
      bodyLimit: schemas.CLUSTER_BODY_BYTES,
      schema: {
        ...manage,
        body: schemas.contextsBody,
        response: { 200: schemas.contexts },
        errors: [...errors, "kubeconfig_unusable"],
      },
    },
    async (request) => {
      const { names, current = null } = await service.contexts(requirePrincipal(request), request.body.kubeconfig);
      return { names, current };
    },
  );

  app.get(
    CLUSTER,
    {
      onRequest,
      schema: { ...read, params: schemas.clusterParams, response: { 200: schemas.cluster }, errors: found },
    },
    async (request) => clusterDocument(await service.find(requirePrincipal(request), request.params.clusterId)),
  );

  app.post(
    `${CLUSTER}/check`,
    {
      onRequest,
      schema: {
        ...manage,
        params: schemas.clusterParams,
        response: { 200: schemas.cluster },
        errors: [...found, "rate_limited"],
      },
    },
    async (request) => clusterDocument(await service.check(requirePrincipal(request), request.params.clusterId)),
  );

  app.delete(
    CLUSTER,
    {
      onRequest,
      schema: {
        ...manage,
        params: schemas.clusterParams,
        response: { 204: z.null() },
        errors: [...found, "cluster_kept"],
      },
    },
    async (request, reply) => {
      await service.remove(requirePrincipal(request), request.params.clusterId);
      return reply.code(204).send(null);
    },
  );
}
