import { ServiceError } from "./errors";

/** How much of something a tenant may have. */
export interface Room {
  readonly limit: number;
  /** The plan that says so; undefined for a setting that holds for every tenant. */
  readonly plan?: string | undefined;
}

/** The refusal of more than that. @param fact what may be had and is @param less how to need less, if it is possible */
export function limitReached(fact: string, less: string | undefined, usage: number, room: Room): ServiceError {
  const { limit, plan } = room;
  const more = plan === undefined ? "ask whoever runs the platform for more" : "change to a larger plan";
  const detail = `${fact}; ${less === undefined ? "" : `${less}, or `}${more}`;
  return new ServiceError("limit_reached", {
    detail,
    extensions: { limit, usage, ...(plan !== undefined && { plan }) },
  });
}
