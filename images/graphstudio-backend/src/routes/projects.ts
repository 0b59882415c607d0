import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import * as schemas from "../project-schemas";
import { catalogue } from "../projects/catalogue";
import type { WrittenContent } from "../projects/project-content";
import { projectDocument, projectSummary } from "../projects/project-document";
import type { ProjectService } from "../projects/project-service";
import { memberErrors } from "../tenant-schemas";

export interface ProjectRoutesOptions {
  readonly service: ProjectService;
  /** Also takes API keys. */
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const PROJECTS = "/api/kubernetes/projects";
const PROJECT = `${PROJECTS}/:projectId`;
const CATALOGUE = "/api/kubernetes/project-catalogue";

/** Compose projects of the tenant that the token or API key is for. */
export function registerProjectRoutes(app: App, { service, authenticate: onRequest }: ProjectRoutesOptions): void {
  const common = { tags: ["projects"], security: [{ bearer: [] }] };
  const read = { ...common, permission: "deployments.read" } as const;
  const write = { ...common, permission: "deployments.write" } as const;
  const errors = ["database_unavailable", ...memberErrors] as const;
  const found = [...errors, "project_not_found", "contents_unreadable"] as const;
  const changing = ["project_unusable", "project_name_taken"] as const;

  app.get(
    PROJECTS,
    { onRequest, schema: { ...read, response: { 200: schemas.projectList }, errors } },
    async (request) => ({ items: (await service.list(requirePrincipal(request))).map(projectSummary) }),
  );

  app.get(
    CATALOGUE,
    { onRequest, schema: { ...read, response: { 200: schemas.catalogueList }, errors } },
    async () => ({
      items: catalogue.map(({ content, ...entry }) => ({ ...entry, compose: content.files[0]?.text ?? "" })),
    }),
  );

  app.post(
    PROJECTS,
    {
      onRequest,
      bodyLimit: schemas.PROJECT_BODY_BYTES,
      schema: {
        ...write,
        body: schemas.projectBody,
        response: { 201: schemas.project },
        errors: [...errors, ...changing, "limit_reached", "contents_unreadable"],
      },
    },
    async (request, reply) => {
      const { name, ...content } = request.body;
      const added = await service.add(requirePrincipal(request), name, toContent(content));
      return reply.code(201).send(projectDocument(added));
    },
  );

  app.get(
    PROJECT,
    {
      onRequest,
      schema: {
        ...read,
        params: schemas.projectParams,
        querystring: schemas.projectQuery,
        response: { 200: schemas.project },
        errors: found,
      },
    },
    async (request) =>
      projectDocument(await service.find(requirePrincipal(request), request.params.projectId, request.query.version)),
  );

  app.get(
    `${PROJECT}/versions`,
    {
      onRequest,
      schema: { ...read, params: schemas.projectParams, response: { 200: schemas.versionList }, errors: found },
    },
    async (request) => {
      const versions = await service.versions(requirePrincipal(request), request.params.projectId);
      return {
        items: versions.map(({ version, createdAt, madeBy }) => ({ version, created_at: createdAt, made_by: madeBy })),
      };
    },
  );

  app.put(
    PROJECT,
    {
      onRequest,
      bodyLimit: schemas.PROJECT_BODY_BYTES,
      schema: {
        ...write,
        params: schemas.projectParams,
        body: schemas.changedProjectBody,
        response: { 200: schemas.project },
        errors: [...found, ...changing, "version_conflict"],
      },
    },
    async (request) => {
      const { name, version: expected, ...content } = request.body;
      const about = { name, expected, content: toContent(content) };
      return projectDocument(await service.change(requirePrincipal(request), request.params.projectId, about));
    },
  );

  app.delete(
    PROJECT,
    {
      onRequest,
      schema: { ...write, params: schemas.projectParams, response: { 204: z.null() }, errors: found },
    },
    async (request, reply) => {
      await service.remove(requirePrincipal(request), request.params.projectId);
      return reply.code(204).send(null);
    },
  );
}

type Body = Omit<z.output<typeof schemas.projectBody>, "name">;

const toContent = ({
  compose_files: composeFiles,
  env_files: envFiles,
  targets,
  ...content
}: Body): WrittenContent => ({
  ...content,
  composeFiles,
  envFiles,
  targets: targets?.map(({ cluster_id: clusterId, ...target }) => ({ clusterId, ...target })),
});
