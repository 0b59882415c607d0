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

/** A request that violates its schema; names every wrong field. */
export class RequestValidationError extends Error {
  override readonly name = "RequestValidationError";

  constructor(readonly fields: readonly FieldError[]) {
    super(fields.map(({ field, message }) => `${field}: ${message}`).join("; "));
  }
}

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const result = schema.safeParse(data);
    // A schema can only check headers, not change them, because Fastify copies changed headers each time they are read.
    if (result.success) return httpPart === "headers" ? {} : { value: result.data };
    const fields = result.error.issues.map((issue) => ({
      field: issue.path.join(".") || (httpPart ?? "request"),
      message: issue.message,
    }));
    return { error: new RequestValidationError(fields) };
  };
};

/** Parsing our own answers keeps fields that no schema names from being sent by accident. */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType> = ({ schema }) => {
  return (data: unknown) => JSON.stringify(schema.parse(data));
};
