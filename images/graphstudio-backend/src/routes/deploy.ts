import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { clusterParams } from "../cluster-schemas";
import * as schemas from "../deployment-schemas";
import { toDeployment } from "../deployments/deployment-document";
import type { DeployRequest } from "../deployments/deploy-request";
import type { DeploymentService } from "../deployments/deployment-service";
import type { Deployment } from "../store/deployment-store";
import { memberErrors } from "../tenant-schemas";

export interface DeployRoutesOptions {
  readonly service: DeploymentService;
  /** Also takes API keys. */
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const CLUSTER = "/api/kubernetes/clusters/:clusterId";

/** What brings projects to clusters. */
export function registerDeployRoutes(app: App, { service, authenticate: onRequest }: DeployRoutesOptions): void {
  const write = { tags: ["deployments"], security: [{ bearer: [] }], permission: "deployments.write" } as const;
  const reading = [
    "namespace_fixed",
    "limit_reached",
    "cluster_not_found",
    "project_not_found",
    "project_unusable",
    "contents_unreadable",
    "cluster_not_scanned",
  ] as const;
  const errors = ["database_unavailable", ...memberErrors, ...reading] as const;
  const deploying = [...errors, "version_conflict", "deployment_busy", "idempotency_key_reused"] as const;
  const bodyLimit = schemas.DEPLOY_BODY_BYTES;

  app.post(
    `${CLUSTER}/preview`,
    {
      onRequest,
      bodyLimit,
      schema: {
        ...write,
        params: clusterParams,
        body: schemas.deployBody,
        response: { 200: schemas.preview },
        errors: [...errors, "cluster_unavailable", "cluster_refused", "kubeconfig_refused"],
      },
    },
    async (request) => {
      const preview = await service.preview(requirePrincipal(request), one(request.params.clusterId, request.body));
      const { objects, services, variables, losses, inactive } = preview;
      return {
        objects: objects.map(({ fields, ...object }) => ({ ...object, fields: [...fields] })),
        services: [...services],
        variables: [...variables],
        losses: [...losses],
        inactive: [...inactive],
      };
    },
  );

  app.post(
    `${CLUSTER}/deploy`,
    {
      onRequest,
      bodyLimit,
      schema: {
        ...write,
        params: clusterParams,
        headers: schemas.changeHeaders,
        body: schemas.deployBody,
        response: { 202: schemas.rollout },
        errors: deploying,
      },
    },
    async (request, reply) => {
      const key = request.headers["idempotency-key"];
      const asked = one(request.params.clusterId, request.body);
      return reply.code(202).send(toRollout(await service.deploy(requirePrincipal(request), asked, key)));
    },
  );

  app.post(
    "/api/kubernetes/rollouts",
    {
      onRequest,
      bodyLimit,
      schema: {
        ...write,
        headers: schemas.changeHeaders,
        body: schemas.rolloutBody,
        response: { 202: schemas.rollout },
        errors: deploying,
      },
    },
    async (request, reply) => {
      const { project_id: projectId, version, discover, force, targets, in_turn: inTurn } = request.body;
      const to = targets.map(({ cluster_id: clusterId, ...rest }) => toTarget(clusterId, rest));
      const asked = { projectId, version, discover, force, inTurn, targets: to };
      const key = request.headers["idempotency-key"];
      return reply.code(202).send(toRollout(await service.deploy(requirePrincipal(request), asked, key)));
    },
  );

  app.put(
    `${CLUSTER}/deployers`,
    {
      onRequest,
      schema: {
        ...write,
        permission: "clusters.manage",
        params: clusterParams,
        body: schemas.deployersBody,
        response: { 204: z.null() },
        errors: ["database_unavailable", ...memberErrors, "cluster_not_found"],
      },
    },
    async (request, reply) => {
      await service.allowMembers(requirePrincipal(request), request.params.clusterId, request.body.members);
      return reply.code(204).send(null);
    },
  );
}

type Body = z.output<typeof schemas.deployBody>;

const toTarget = (
  clusterId: string,
  { namespace, variables, expected_revision: expected }: Pick<Body, "namespace" | "variables" | "expected_revision">,
) => ({ clusterId, namespace, variables, expected });

const one = (
  clusterId: string,
  { project_id: projectId, version, discover, force, ...target }: Body,
): DeployRequest => ({
  projectId,
  version,
  discover,
  force,
  inTurn: true,
  targets: [toTarget(clusterId, target)],
});

const toRollout = (deployments: readonly Deployment[]) => ({ items: deployments.map(toDeployment) });
