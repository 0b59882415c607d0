import { requirePrincipal } from "@nexus/service";
import { changeHeaders, settingsBody, tenantSettings } from "../schemas";
import { toRelayRequest } from "../ownership/relay";
import { once } from "../store/once";
import * as errors from "./errors";
import { idempotencyKey, type RouteContext, security, sendOnce } from "./context";

/** Settings of the caller's tenant. */
export function registerSettingsRoutes({ app, authenticate, stores, acts }: RouteContext): void {
  const onRequest = authenticate;
  const tags = ["settings"];
  const path = "/api/v1/tenant-settings";

  app.get(
    path,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.read",
        response: { 200: tenantSettings },
        errors: errors.stored,
      },
    },
    async (request) => {
      const { httpAllow } = await stores.settings.get(requirePrincipal(request).tenantId);
      return { httpAllow: [...httpAllow] };
    },
  );

  app.put(
    path,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "settings.write",
        headers: changeHeaders,
        body: settingsBody,
        response: { 200: tenantSettings },
        errors: [...errors.once, "trail_unavailable"],
      },
    },
    async (request, reply) => {
      const { tenantId } = requirePrincipal(request);
      const answer = await once(stores, idempotencyKey(toRelayRequest(request), tenantId), async ({ settings }) => {
        await settings.put(tenantId, request.body);
        await acts(request, "hosts.changed", { hosts: request.body.httpAllow.join(" ") });
        return { status: 200, body: request.body };
      });
      return sendOnce(reply, answer);
    },
  );
}
