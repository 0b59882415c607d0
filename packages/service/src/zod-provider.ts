import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifySchemaCompiler,
  FastifyTypeProvider,
  RawServerDefault,
} from "fastify";
import type { FastifySerializerCompiler } from "fastify/types/schema";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type z } from "zod";
import type { FieldError } from "./errors";

/** The types of a request and its reply follow from the zod schemas of the route. */
export interface ZodProvider extends FastifyTypeProvider {
  validator: this["schema"] extends z.ZodType ? z.output<this["schema"]> : unknown;
  serializer: this["schema"] extends z.ZodType ? z.input<this["schema"]> : unknown;
}

/** A service's Fastify application. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodProvider>;

/** A request that violates its schema; names the wrong fields. */
export class RequestValidationError extends Error {
  override readonly name = "RequestValidationError";

  constructor(readonly fields: readonly FieldError[]) {
    super(fields.map(({ field, message }) => `${field}: ${message}`).join("; "));
  }
}

/** Maximum number of wrong fields that an answer names, and of characters of the name and of the message. */
const MAX_FIELDS = 20;
const MAX_CHARACTERS = 300;

const cut = (text: string) => (text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text);

/** The first wrong fields, for an answer: a request may hold as many as it has bytes. `whole` names what was read. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], whole: string): FieldError[] {
  return issues
    .slice(0, MAX_FIELDS)
    .map(({ path, message }) => ({ field: cut(path.join(".")) || whole, message: cut(message) }));
}

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const result = schema.safeParse(data);
    // A schema can only check headers, not change them, because Fastify copies changed headers each time they are read.
    if (result.success) return httpPart === "headers" ? {} : { value: result.data };
    return { error: new RequestValidationError(describeIssues(result.error.issues, httpPart ?? "request")) };
  };
};

/** Parsing our own answers keeps fields that no schema names from being sent by accident. */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType> = ({ schema }) => {
  return (data: unknown) => JSON.stringify(schema.parse(data));
};
