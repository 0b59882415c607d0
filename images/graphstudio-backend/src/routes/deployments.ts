import { Readable } from "node:stream";
import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import * as schemas from "../deployment-schemas";
import { toDeployment, toRevision } from "../deployments/deployment-document";
import type { DeploymentChange } from "../deployments/deploy-request";
import type { DeploymentService } from "../deployments/deployment-service";
import type { LiveService } from "../deployments/live-service";
import type { StackEntryService } from "../deployments/stack-entry-service";
import { memberErrors } from "../tenant-schemas";

export interface DeploymentRoutesOptions {
  readonly service: DeploymentService;
  readonly live: LiveService;
  readonly entries: StackEntryService;
  /** Also takes API keys. */
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const DEPLOYMENTS = "/api/kubernetes/deployments";
const DEPLOYMENT = `${DEPLOYMENTS}/:deploymentId`;
const REVISION = `${DEPLOYMENT}/revisions/:revision`;
const JSON_LINES = "application/x-ndjson";
const LONGEST_MS = 3_600_000;

/** Deployments of the tenant that the token or API key is for. */
export function registerDeploymentRoutes(app: App, options: DeploymentRoutesOptions): void {
  const { service, live, entries, authenticate: onRequest } = options;
  const common = { tags: ["deployments"], security: [{ bearer: [] }] };
  const read = { ...common, permission: "deployments.read" } as const;
  const write = { ...common, permission: "deployments.write" } as const;
  const errors = ["database_unavailable", ...memberErrors] as const;
  const found = [...errors, "deployment_not_found"] as const;
  const opened = [...found, "revision_not_found", "contents_unreadable"] as const;
  const changing = [...opened, "cluster_not_found", "version_conflict", "deployment_busy"] as const;
  const asking = [...found, "contents_unreadable", "cluster_not_found", "kubeconfig_refused"] as const;
  const answers = [...asking, "cluster_unavailable", "cluster_refused"] as const;
  const params = schemas.deploymentParams;

  app.get(
    DEPLOYMENTS,
    {
      onRequest,
      schema: { ...read, querystring: schemas.listQuery, response: { 200: schemas.deploymentPage }, errors },
    },
    async (request) => {
      const { cluster_id: clusterId, project_id: projectId, ...page } = request.query;
      const { items, next } = await service.list(requirePrincipal(request), page, { clusterId, projectId });
      return { items: items.map(toDeployment), next: next ?? null };
    },
  );

  app.get(
    DEPLOYMENT,
    { onRequest, schema: { ...read, params, response: { 200: schemas.deployment }, errors: found } },
    async (request) => toDeployment(await service.find(requirePrincipal(request), request.params.deploymentId)),
  );

  app.get(
    `${DEPLOYMENT}/status`,
    { onRequest, schema: { ...read, params, response: { 200: schemas.status }, errors: answers } },
    async (request) => {
      const { state, workloads, events } = await live.status(requirePrincipal(request), request.params.deploymentId);
      return {
        state,
        events: [...events],
        workloads: workloads.map(({ problems, pods, ...workload }) => ({
          ...workload,
          problems: problems.map(({ lines, ...one }) => ({ ...one, ...(lines && { lines: [...lines] }) })),
          pods: pods.map((pod) => ({ ...pod, containers: [...pod.containers] })),
        })),
      };
    },
  );

  app.get(
    `${DEPLOYMENT}/pods/:pod/logs`,
    {
      onRequest,
      schema: {
        ...read,
        params: schemas.podParams,
        querystring: schemas.logQuery,
        response: {
          200: {
            description: "An object with `line` on each line",
            content: { [JSON_LINES]: { schema: { type: "string" } } },
          },
        },
        errors: [...answers, "pod_not_found"],
      },
    },
    async (request, reply) => {
      const { deploymentId, pod } = request.params;
      const signal = AbortSignal.any([gone(reply), AbortSignal.timeout(LONGEST_MS)]);
      const { namespace, container, ...query } = request.query;
      const about = { ...query, namespace, container, pod, signal };
      const lines = await live.logs(requirePrincipal(request), deploymentId, about);
      // Somebody watches, so nginx must not collect the lines.
      return reply
        .type(JSON_LINES)
        .header("x-accel-buffering", "no")
        .send(Readable.from(asJson(lines)));
    },
  );

  app.get(
    `${DEPLOYMENT}/stack-entry`,
    {
      onRequest,
      schema: {
        ...write,
        params,
        response: { 200: schemas.stackEntry },
        errors: [...opened, "project_not_found", "project_unusable"],
      },
    },
    async (request) => {
      const exported = await entries.export(requirePrincipal(request), request.params.deploymentId);
      return { ...exported, files: [...exported.files] };
    },
  );

  app.get(
    `${DEPLOYMENT}/revisions`,
    { onRequest, schema: { ...read, params, response: { 200: schemas.revisionList }, errors: found } },
    async (request) => ({
      items: (await service.revisions(requirePrincipal(request), request.params.deploymentId)).map(toRevision),
    }),
  );

  app.get(
    `${REVISION}/manifests`,
    {
      onRequest,
      schema: { ...read, params: schemas.revisionParams, response: { 200: schemas.manifestList }, errors: opened },
    },
    async (request) => {
      const { deploymentId, revision } = request.params;
      return { items: await service.manifests(requirePrincipal(request), deploymentId, revision) };
    },
  );

  app.get(
    `${REVISION}/changes`,
    {
      onRequest,
      schema: {
        ...read,
        params: schemas.revisionParams,
        querystring: schemas.compareQuery,
        response: { 200: schemas.changeList },
        errors: opened,
      },
    },
    async (request) => {
      const { deploymentId, revision } = request.params;
      const changes = await service.compare(requirePrincipal(request), deploymentId, request.query.since, revision);
      return { items: changes.map(({ fields, ...object }) => ({ ...object, fields: [...fields] })) };
    },
  );

  const change = async (request: FastifyRequest, reply: FastifyReply, id: string, made: DeploymentChange) =>
    reply.code(202).send(toDeployment(await service.change(requirePrincipal(request), id, made)));
  const changed = { ...write, params, response: { 202: schemas.deployment } };

  app.post(
    `${DEPLOYMENT}/rollback`,
    { onRequest, schema: { ...changed, body: schemas.rollbackBody, errors: changing } },
    async (request, reply) => {
      const { expected_revision: expected, revision } = request.body;
      return change(request, reply, request.params.deploymentId, { act: "rollback", revision, expected });
    },
  );

  app.post(
    `${DEPLOYMENT}/restart`,
    { onRequest, schema: { ...changed, body: schemas.restartBody, errors: [...changing, "service_unchangeable"] } },
    async (request, reply) => {
      const { expected_revision: expected, service: name } = request.body;
      return change(request, reply, request.params.deploymentId, { act: "restart", service: name, expected });
    },
  );

  app.post(
    `${DEPLOYMENT}/scale`,
    { onRequest, schema: { ...changed, body: schemas.scaleBody, errors: [...changing, "service_unchangeable"] } },
    async (request, reply) => {
      const { expected_revision: expected, ...about } = request.body;
      return change(request, reply, request.params.deploymentId, { act: "scale", ...about, expected });
    },
  );

  app.delete(
    DEPLOYMENT,
    { onRequest, schema: { ...changed, querystring: schemas.removalQuery, errors: changing } },
    async (request, reply) => {
      const made = { act: "remove", withVolumes: request.query.volumes, expected: undefined } as const;
      return change(request, reply, request.params.deploymentId, made);
    },
  );
}

/** Aborted when the reader leaves. */
function gone({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  raw.once("close", () => left.abort());
  return left.signal;
}

async function* asJson(lines: AsyncGenerator<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify({ line })}\n`;
}
