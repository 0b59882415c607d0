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

/** Types of a request and a reply follow from the zod schemas of its route. */
export interface ZodProvider extends FastifyTypeProvider {
  validator: this["schema"] extends z.ZodType ? z.output<this["schema"]> : unknown;
  serializer: this["schema"] extends z.ZodType ? z.input<this["schema"]> : unknown;
}

/** A service's Fastify application. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodProvider>;

/** A request that does not fit its schema: names every wrong field. */
export class RequestValidationError extends Error {
  override readonly name = "RequestValidationError";

  constructor(readonly fields: readonly FieldError[]) {
    super(fields.map(({ field, message }) => `${field}: ${message}`).join("; "));
  }
}

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const result = schema.safeParse(data);
    // Headers stay as they came, so a schema can only check them: Fastify copies replaced ones each time they are read.
    if (result.success) return httpPart === "headers" ? {} : { value: result.data };
    const fields = result.error.issues.map((issue) => ({
      field: issue.path.join(".") || (httpPart ?? "request"),
      message: issue.message,
    }));
    return { error: new RequestValidationError(fields) };
  };
};

/** Parsing what we send keeps a field that no schema names from leaving by accident. */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType> = ({ schema }) => {
  return (data: unknown) => JSON.stringify(schema.parse(data));
};
