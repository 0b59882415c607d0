import type { FastifyInstance } from "fastify";

/** Records the routes that are added from now on; returns a function that gives the methods of a path. */
export function watchRoutes(app: FastifyInstance): (path: string) => string[] {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsOf.set(url, methods);
  });
  return (path) => {
    const matching = [...methodsOf].filter(([url]) => matches(url.split("/"), path.split("/")));
    return [...new Set(matching.flatMap(([, methods]) => [...methods]))].sort();
  };
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((part, index) => (part.startsWith(":") ? path[index] !== "" : part === path[index]))
  );
}
