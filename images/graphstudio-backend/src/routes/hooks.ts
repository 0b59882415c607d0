import { ServiceError } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import type { AttemptLimits } from "../accounts/attempt-limits";
import type { BackendEnv } from "../env";

/** What is checked before anything of a request without a token is read. */
export interface Hooks {
  /** Counts the request of its address. */
  readonly limited: (request: FastifyRequest) => Promise<void>;
  /** Refuses passwords where nobody signs in with one. */
  readonly passwords: () => Promise<void>;
  /** Refuses a sign-up where nobody can sign up. */
  readonly signUp: () => Promise<void>;
}

export function createHooks(limits: AttemptLimits, env: Pick<BackendEnv, "SIGN_UP" | "LOCAL_SIGN_IN">): Hooks {
  return {
    limited: async ({ ip }) => await limits.request(ip),
    passwords: async () => {
      if (!env.LOCAL_SIGN_IN) throw new ServiceError("passwords_off");
    },
    signUp: async () => {
      if (env.SIGN_UP === "closed") throw new ServiceError("sign_up_closed");
    },
  };
}
