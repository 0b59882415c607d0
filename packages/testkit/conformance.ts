import { z } from "zod";
import type { App } from "@nexus/service";

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

interface Operation {
  readonly responses?: Readonly<Record<string, Response>>;
}

/** The parts of an answer of `app.inject` that matter here. */
export interface InjectedAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const parsers = new WeakMap<object, z.ZodType>();

function parserOf(schema: object): z.ZodType {
  const parser = parsers.get(schema) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  parsers.set(schema, parser);
  return parser;
}

type Operations = Readonly<Record<string, Operation>>;
type Paths = readonly (readonly [pattern: RegExp, operations: Operations])[];

function readPaths(app: App): Paths {
  const { paths = {} } = app.swagger() as { paths?: Readonly<Record<string, Operations>> };
  return Object.entries(paths).map(([template, operations]) => {
    const pattern = template.replace(/[.+]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+");
    return [new RegExp(`^${pattern}$`), operations];
  });
}

/** By the routes: a test file starts the same service many times, and to make its document takes 0.2 s. */
const byRoutes = new Map<string, Paths>();
/** By the service: to print its routes takes milliseconds, and each answer is checked. */
const byApp = new WeakMap<App, Paths>();

function pathsOf(app: App): Paths {
  const there = byApp.get(app);
  if (there) return there;
  const routes = app.printRoutes({ commonPrefix: false });
  const paths = byRoutes.get(routes) ?? readPaths(app);
  byRoutes.set(routes, paths);
  byApp.set(app, paths);
  return paths;
}

function operationOf(app: App, method: string, path: string): Operation | undefined {
  const found = pathsOf(app).find(([pattern]) => pattern.test(path));
  return found?.[1][method.toLowerCase()];
}

/** Throws unless the service's OpenAPI document has the answer: status, content type and body. */
export function expectConformance(app: App, method: string, url: string, answer: InjectedAnswer): void {
  const operation = operationOf(app, method, url.split("?", 1)[0] ?? "");
  // A path that is not in the document, such as /metrics, is not checked.
  if (!operation) return;
  const { statusCode, headers, body } = answer;
  const fail = (what: string) => {
    throw new Error(`${method} ${url} answers ${statusCode}, ${what}: ${body.slice(0, 500)}`);
  };
  const documented = operation.responses?.[statusCode] ?? fail("which its document does not name");
  const given = headers["content-type"];
  const type = typeof given === "string" ? (given.split(";", 1)[0] ?? "") : "";
  if (!documented.content) return body === "" ? undefined : fail("with a body that its document does not name");
  const media = documented.content[type] ?? fail(`as ${type || "nothing"}, which its document does not name`);
  const parsed = parserOf(media.schema ?? {}).safeParse(type === "application/x-ndjson" ? body : JSON.parse(body));
  if (!parsed.success) fail(z.prettifyError(parsed.error));
}
