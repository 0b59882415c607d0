import { requirePrincipal } from "@nexus/service";
import { changeHeaders, settingsBody, tenantSettings } from "../schemas";
import { toRelayRequest } from "../ownership/relay";
import { once } from "../store/once";
import * as errors from "./errors";
import { answeredBefore, idempotencyKey, type RouteContext, security, sendOnce } from "./context";

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
      const key = idempotencyKey(toRelayRequest(request), tenantId);
      // A transaction would keep its connection from others while the trail answers slowly.
      const earlier = await answeredBefore(stores, key);
      if (!earlier) await acts(request, "hosts.changed", { hosts: request.body.httpAllow.join(" ") });
      const answer = await once(stores, key, async ({ settings }) => {
        await settings.put(tenantId, request.body);
        return { status: 200, body: request.body };
      });
      return sendOnce(reply, answer);
    },
  );
}
