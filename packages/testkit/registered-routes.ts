import type { FastifyInstance } from "fastify";

/** Routes of every service that need no caller, and that the network keeps inside the cluster except for the first. */
export const SYSTEM_ROUTES = ["GET /health", "GET /metrics", "GET /openapi.json", "GET /ready"];

/**
 * Every route that a service has registered, such as `GET /api/v1/workspaces/{workspaceId}`, in the order of its tree. The
 * OpenAPI document leaves out what is hidden; this does not, so a matrix of all routes compares both.
 */
export function registeredRoutes(app: Pick<FastifyInstance, "printRoutes">): string[] {
  const parts: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split("\n")
    .flatMap((line) => {
      const [, indent, part, methods] = /^((?:[│ ] {3})*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
      if (indent === undefined || part === undefined) return [];
      parts.length = indent.length / 4;
      parts.push(part);
      const path = parts.join("").replace(/:(\w+)/g, "{$1}");
      return (methods ?? "")
        .split(", ")
        .filter((method) => method !== "" && method !== "HEAD")
        .map((method) => `${method} ${path}`);
    });
}

/** The routes in the OpenAPI document of a service. */
export function documentedRoutes(app: { readonly swagger: () => object }): string[] {
  const { paths = {} } = app.swagger() as { paths?: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}
