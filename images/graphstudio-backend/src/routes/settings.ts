import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import * as schemas from "../setting-schemas";
import { settingDocument } from "../settings/setting-document";
import type { SettingService } from "../settings/setting-service";
import { memberErrors } from "../tenant-schemas";

export interface SettingRoutesOptions {
  readonly service: SettingService;
  /** Also takes API keys. */
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const SETTINGS = "/api/settings";
const SETTING = `${SETTINGS}/:name`;

/** Settings of the tenant that the token or API key is for. */
export function registerSettingRoutes(app: App, { service, authenticate: onRequest }: SettingRoutesOptions): void {
  const common = { tags: ["settings"], security: [{ bearer: [] }] };
  const write = { ...common, permission: "settings.write", params: schemas.settingParams } as const;
  const errors = ["database_unavailable", ...memberErrors] as const;

  app.get(
    SETTINGS,
    {
      onRequest,
      schema: {
        ...common,
        permission: "deployments.read",
        querystring: schemas.settingQuery,
        response: { 200: schemas.settingPage },
        errors,
      },
    },
    async (request) => {
      const { items, next = null } = await service.list(requirePrincipal(request), request.query);
      return { settings: items.map(settingDocument), next };
    },
  );

  app.put(
    SETTING,
    {
      onRequest,
      bodyLimit: schemas.SETTING_BODY_BYTES,
      schema: {
        ...write,
        body: schemas.settingBody,
        response: { 204: z.null() },
        errors: [...errors, "limit_reached"],
      },
    },
    async (request, reply) => {
      const { value, secret } = request.body;
      await service.put(requirePrincipal(request), request.params.name, value, secret);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    SETTING,
    { onRequest, schema: { ...write, response: { 204: z.null() }, errors: [...errors, "setting_not_found"] } },
    async (request, reply) => {
      await service.remove(requirePrincipal(request), request.params.name);
      return reply.code(204).send(null);
    },
  );
}
