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

const parsers = new Map<string, z.ZodType>();

function parserOf(schema: object): z.ZodType {
  const text = JSON.stringify(schema);
  const parser = parsers.get(text) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  parsers.set(text, parser);
  return parser;
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** Documents by the routes in them: a test file starts the same service many times, and making one takes 0.2 s. */
const documents = new Map<string, Paths>();

function pathsOf(app: App): Paths {
  const routes = app.printRoutes({ commonPrefix: false });
  const known = documents.get(routes) ?? (app.swagger() as { paths?: Paths }).paths ?? {};
  documents.set(routes, known);
  return known;
}

function operationOf(app: App, method: string, path: string): Operation | undefined {
  const paths = pathsOf(app);
  const found = Object.entries(paths).find(([template]) => {
    const pattern = template.replace(/[.+]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+");
    return new RegExp(`^${pattern}$`).test(path);
  });
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
