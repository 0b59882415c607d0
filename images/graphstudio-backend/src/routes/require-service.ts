import { bearerToken, isServiceToken, ServiceError } from "@nexus/service";
import type { FastifyRequest } from "fastify";

/** Lets in whoever has a token that only services can make. @param keys the keys that all services share */
export function requireService(keys: readonly string[]): (request: FastifyRequest) => Promise<void> {
  return async ({ headers }) => {
    const token = bearerToken(headers.authorization);
    if (token === undefined || !(await isServiceToken(token, keys))) throw new ServiceError("unauthorized");
  };
}
