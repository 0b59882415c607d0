import { type AuthEnv, jwtKeys } from "./env-fields";
import { createServiceToken } from "./service-token";

export interface BackendAccess {
  readonly backendUrl: string;
  /** The keys that the services share, the signing one first; in a rotation the backend may only know the other one. */
  readonly keys: readonly string[];
}

/** How to reach the backend; undefined where there is none, or nothing to sign with. */
export function backendAccess(env: AuthEnv): BackendAccess | undefined {
  const keys = jwtKeys(env);
  const { API_KEYS_URL: backendUrl, AUTH_ENABLED } = env;
  return !AUTH_ENABLED || backendUrl === undefined || keys.length === 0 ? undefined : { backendUrl, keys };
}

/** Asks the backend as a service, with a token that only services can make. With a body it is a POST. */
export async function askBackend(
  url: URL,
  { keys }: Pick<BackendAccess, "keys">,
  signal: AbortSignal,
  body?: object,
): Promise<Response> {
  const text = body && JSON.stringify(body);
  for (const [index, key] of keys.entries()) {
    const response = await fetch(url, {
      method: text === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${await createServiceToken(key)}`,
        ...(text !== undefined && { "content-type": "application/json" }),
      },
      body: text,
      redirect: "error",
      signal,
    });
    if (response.status !== 401 || index === keys.length - 1) return response;
    await response.body?.cancel();
  }
  throw new Error("there is no key to sign with");
}
