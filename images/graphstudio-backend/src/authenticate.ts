import {
  createAuthenticate,
  createTokenVerifier,
  isApiKey,
  type Principal,
  requirePrincipal,
  type Standing,
} from "@nexus/service";
import type { FastifyRequest } from "fastify";
import type { ApiKeyService } from "./tenants/api-key-service";

type Authenticate = (request: FastifyRequest) => Promise<void>;

/** For routes of people, whose tenant is that of the path; the services that own it look at its standing. */
export function authenticatePerson(keys: readonly string[], standing: Standing): Authenticate {
  const known = createAuthenticate(createTokenVerifier(keys));
  return async (request) => {
    await known(request);
    standing.checkPerson(requirePrincipal(request).userId);
  };
}

/** For routes of the tenant that a token or an API key is for, with the role that counts now. */
export function authenticateCaller(keys: readonly string[], standing: Standing, apiKeys: ApiKeyService): Authenticate {
  const verify = createTokenVerifier(keys);
  return createAuthenticate(async (token): Promise<Principal | undefined> => {
    if (isApiKey(token)) {
      const { id, ...holder } = await apiKeys.check(token);
      return standing.admit({ ...holder, userId: id, email: "" });
    }
    const found = await verify(token);
    return found && standing.admit(found);
  });
}
