import type { Permission } from "@nexus/contract";
import { z } from "zod";
import { type ErrorCode, errorTable } from "./errors";

declare module "fastify" {
  interface FastifySchema {
    /** Additional errors of the route; the errors that every route of its kind may return need not be named. */
    errors?: readonly ErrorCode[];
    /** What the caller's role must allow; null where it is about the caller alone. Routes with `security` name it. */
    permission?: Permission | null;
  }
}

interface RouteSchema {
  readonly body?: unknown;
  readonly params?: unknown;
  readonly querystring?: unknown;
  readonly headers?: unknown;
  readonly response?: unknown;
  readonly errors?: readonly ErrorCode[];
  readonly security?: unknown;
  readonly permission?: Permission | null;
}

const TAKES_BODY = new Set(["POST", "PUT", "PATCH", "DELETE"]);
/** Tells a client how long to wait. */
const WAITING = new Set([429, 503]);

/**
 * Describes a route for the OpenAPI document: JSON schemas of its zod schemas, and a response for each status that it
 * may return. So a client that follows the document meets no other answer.
 */
export function describeRoute(schema: RouteSchema, methods: readonly string[]): Record<string, unknown> {
  const { body, params, querystring, headers, response, errors, permission, ...rest } = schema;
  const result: Record<string, unknown> = { ...rest };
  if (permission) result["x-permission"] = permission;
  for (const [part, value] of Object.entries({ body, params, querystring, headers })) {
    if (value !== undefined) result[part] = toJsonSchema(value, "input");
  }
  const answers = Object.entries((response ?? {}) as Record<string, unknown>);
  result.response = {
    ...Object.fromEntries(answers.map(([status, value]) => [status, describeAnswer(value)])),
    ...describeProblems([...impliedErrors(schema, methods), ...(errors ?? [])]),
  };
  return result;
}

/** Errors that Fastify, the problem handler and the authentication return before the route itself runs. */
function impliedErrors(
  { body, params, querystring, headers, security, permission }: RouteSchema,
  methods: readonly string[],
) {
  const codes: ErrorCode[] = ["internal", "bad_request"];
  if (body ?? params ?? querystring ?? headers) codes.push("validation_failed");
  if (params !== undefined) codes.push("not_found");
  if (security !== undefined)
    codes.push(
      ...(["unauthorized", "issuer_unavailable", "keys_unavailable", "standing_unavailable"] as const),
      ...(["tenant_suspended", "account_suspended"] as const),
    );
  if (permission) codes.push("forbidden");
  if (methods.some((method) => TAKES_BODY.has(method)))
    codes.push("malformed_body", "body_too_large", "media_type_unsupported");
  return codes;
}

/** Many routes share their schemas, and the conversion is slow. */
const converted = { input: new WeakMap<z.ZodType, object>(), output: new WeakMap<z.ZodType, object>() };

function toJsonSchema(schema: unknown, io: "input" | "output"): unknown {
  if (!(schema instanceof z.ZodType)) return schema;
  const known = converted[io].get(schema);
  if (known) return known;
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    target: "draft-2020-12",
  });
  converted[io].set(schema, json);
  return json;
}

function describeAnswer(value: unknown): unknown {
  if (!(value instanceof z.ZodType)) return value;
  const description = value.description ?? "The answer";
  if (value instanceof z.ZodNull) return { type: "null", description: "Done; there is no content" };
  return { description, content: { "application/json": { schema: toJsonSchema(value, "output") } } };
}

function describeProblems(codes: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = new Map<number, Set<ErrorCode>>();
  for (const code of codes) {
    const { status } = errorTable[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  return Object.fromEntries([...byStatus].map(([status, known]) => [status, describeProblem(status, [...known])]));
}

/** Problems by what tells them apart, because all routes share a few. */
const problems = new Map<string, object>();

function describeProblem(status: number, codes: readonly ErrorCode[]): object {
  const key = codes.join();
  const known = problems.get(key) ?? newProblem(status, codes);
  problems.set(key, known);
  return known;
}

function newProblem(status: number, codes: readonly ErrorCode[]): object {
  const fieldError = z.object({ field: z.string(), message: z.string() });
  const problem = z.looseObject({
    type: z.string(),
    title: z.string(),
    status: z.literal(status),
    detail: z.string().describe("What happened in this case, for a person"),
    code: z.enum(codes).describe("Stable; for programs"),
    instance: z.string(),
    errors: z.array(fieldError).optional().describe("One entry for each wrong field"),
  });
  return {
    description: codes.map((code) => `${code}: ${errorTable[code].title}`).join(". "),
    ...(WAITING.has(status)
      ? {
          headers: {
            "retry-after": { type: "string", description: "Seconds after which another attempt makes sense" },
          },
        }
      : {}),
    content: { "application/problem+json": { schema: toJsonSchema(problem, "output") } },
  };
}
