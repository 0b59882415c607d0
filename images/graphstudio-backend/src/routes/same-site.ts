import { ServiceError } from "@nexus/service";
import type { FastifyRequest } from "fastify";

/**
 * Refuses what another site made a browser send. Browsers say where a request comes from and pages cannot change it; a
 * program that says nothing holds no cookie of somebody else.
 */
export async function requireSameSite({ headers }: FastifyRequest): Promise<void> {
  const site = headers["sec-fetch-site"];
  const { origin, host } = headers;
  const isOwn = site === undefined ? origin === undefined || hostOf(origin) === host : site === "same-origin";
  if (!isOwn) throw new ServiceError("cross_site");
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
