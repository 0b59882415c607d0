import { DiscoveryError } from "../discovery-error";
import { messageOf } from "@nexus/host";

/** One request, in the words of a Role. */
export interface ApiRequest {
  readonly verb: string;
  readonly resource: string;
  /** Undefined for objects without a namespace, such as nodes. */
  readonly namespace?: string;
}

/** The caller and the server of a request. */
export interface ApiTarget {
  readonly context: string;
  readonly server: string;
  readonly user: string;
}

/** The HTTP status that the server answered with; undefined if it did not answer. */
export function httpStatus(error: unknown): number | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "number" ? code : undefined;
}

function scopeOf({ namespace }: ApiRequest): string {
  return namespace === undefined ? "in the cluster" : `in namespace ${namespace}`;
}

/** "the role may not list pods in namespace team-a" */
export function forbiddenText(request: ApiRequest): string {
  return `the credentials may not ${request.verb} ${request.resource} ${scopeOf(request)}`;
}

/** Converts a failed request to an error that says what to do. */
export function apiError(error: unknown, request: ApiRequest, target: ApiTarget): DiscoveryError {
  if (error instanceof DiscoveryError) return error;
  const { context, server, user } = target;
  const status = httpStatus(error);
  if (status === 401)
    return new DiscoveryError(
      "unauthorized",
      `${server} does not accept the credentials of user "${user}" (context ${context}). Fix: log in again, or renew them in the kubeconfig.`,
    );
  if (status === 403)
    return new DiscoveryError(
      "unauthorized",
      `User "${user}" (context ${context}) may not ${request.verb} ${request.resource} ${scopeOf(request)}. Fix: grant the role in docs/discovery.md.`,
    );
  const reason = status === undefined ? messageOf(error) : `it answered HTTP ${status}`;
  return new DiscoveryError(
    "unreachable",
    `The cluster of context ${context} at ${server} is unreachable: ${reason}. Fix: check that it runs and that this machine reaches it.`,
  );
}
