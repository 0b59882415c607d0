import { AsyncLocalStorage } from "node:async_hooks";
import type { FastifyRequest } from "fastify";

const requests = new AsyncLocalStorage<FastifyRequest>();

/** Who acts, and from where, as the audit trail has it. */
export interface Acting {
  readonly actor: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

const NOBODY: Acting = { actor: null, address: null, userAgent: null };

/** Runs the handler of a request, so that what it does is known to be of this request, in libraries too. */
export function actFor(request: FastifyRequest, handler: () => void): void {
  requests.run(request, handler);
}

export function actingIn({ principal, ip, headers }: FastifyRequest): Acting {
  return { actor: principal?.userId ?? null, address: ip, userAgent: headers["user-agent"]?.slice(0, 300) ?? null };
}

/** Who acts now; nobody outside of a request, for example while the retention runs. */
export function acting(): Acting {
  const request = requests.getStore();
  return request ? actingIn(request) : NOBODY;
}
