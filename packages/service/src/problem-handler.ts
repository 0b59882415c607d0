import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { watchRoutes } from "./allowed-methods";
import { isConnectionError } from "./database";
import { type ErrorCode, ServiceError, toProblem } from "./errors";
import { logFault } from "./faults";
import { errorCode, isError } from "./is-error";
import type { Logger } from "./log";
import { requestContext } from "./request-context";
import { RequestValidationError } from "./zod-provider";

/** Errors that Fastify itself raises before a handler runs. */
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "media_type_unsupported",
  FST_ERR_CTP_BODY_TOO_LARGE: "body_too_large",
  FST_ERR_CTP_EMPTY_JSON_BODY: "malformed_body",
  FST_ERR_CTP_INVALID_JSON_BODY: "malformed_body",
  // No id or name is this long.
  FST_ERR_MAX_PARAM_LENGTH: "not_found",
};

/** Maximum number of characters of a header that a message repeats. */
const MAX_SHOWN = 100;

/** Says what was sent instead of JSON, and how to send JSON: curl and fetch set another type by default. */
function unsupportedMediaType(contentType: string | undefined): ServiceError {
  const came = contentType === undefined ? "came without a content type" : `is ${contentType.slice(0, MAX_SHOWN)}`;
  const detail = `The body ${came}; send JSON with the header Content-Type: application/json`;
  return new ServiceError("media_type_unsupported", { detail });
}

/** The meaning of an error for the caller; errors that are not the caller's business become `internal`. */
export function toServiceError(error: unknown, bodyLimitBytes = 0, contentType?: string): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof RequestValidationError) {
    return new ServiceError("validation_failed", { detail: error.message, errors: error.fields });
  }
  if (isConnectionError(error)) {
    return new ServiceError("database_unavailable", { retryAfterSeconds: 2, cause: error });
  }
  if (!isError(error)) return new ServiceError("internal", { cause: error });
  const known = frameworkCodes[errorCode(error)];
  if (known === "body_too_large")
    return new ServiceError(known, { detail: `A body may hold at most ${bodyLimitBytes} bytes` });
  if (known === "media_type_unsupported") return unsupportedMediaType(contentType);
  if (known) return new ServiceError(known);
  const status = "statusCode" in error ? Number(error.statusCode) : 500;
  if (error.name === "SyntaxError" && status === 400) return new ServiceError("malformed_body");
  if (status >= 400 && status < 500) return new ServiceError("bad_request", { cause: error });
  return new ServiceError("internal", { cause: error });
}

function send(reply: FastifyReply, request: FastifyRequest, error: ServiceError): FastifyReply {
  const { path } = requestContext(request);
  if (error.details.retryAfterSeconds !== undefined) reply.header("retry-after", error.details.retryAfterSeconds);
  if (error.status === 401) reply.header("www-authenticate", 'Bearer realm="nexus"');
  return reply
    .code(error.status)
    .type("application/problem+json")
    .serializer((body: unknown) => JSON.stringify(body))
    .send(toProblem(error, path));
}

/** For requests that Fastify refuses before it looks for a route, such as a path that cannot be decoded. */
export function answerFrameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void send(reply, request, toServiceError(error));
}

/** Every failure is sent as application/problem+json; our own faults are logged with their cause. */
export function registerProblemHandler(app: FastifyInstance, log: Logger): void {
  const methodsOf = watchRoutes(app);
  const sendNothingHere = (request: FastifyRequest, reply: FastifyReply) => {
    const methods = methodsOf(requestContext(request).path);
    if (methods.length === 0 || methods.includes(request.method))
      return send(reply, request, new ServiceError("not_found"));
    reply.header("allow", methods.join(", "));
    return send(reply, request, new ServiceError("method_not_allowed"));
  };
  app.setErrorHandler((raw, request, reply) => {
    // Such as a body that cannot be parsed, which does not matter on a path that does not exist.
    if (request.is404) return sendNothingHere(request, reply);
    const error = toServiceError(raw, request.routeOptions.bodyLimit, request.headers["content-type"]);
    if (error.code === "internal") {
      const details = { ...requestContext(request), error: error.details.cause ?? error };
      logFault(log, "request", details, "request failed");
    } else if (error.status >= 500) {
      log.warn({ ...requestContext(request), code: error.code, error: error.details.cause }, error.message);
    }
    return send(reply, request, error);
  });
  app.setNotFoundHandler(sendNothingHere);
}
