import { type Permission, permissions, roles } from "@nexus/contract";
import { z } from "zod";
import { ServiceError } from "./errors";
import type { Principal } from "./principal";

/** Where services ask about API keys, below the URL of the backend. */
export const API_KEY_CHECK_PATH = "/auth/keys/check";

/** An answer counts this long from the question on, so that a key that is revoked is refused everywhere within 5 s. */
const KNOWN_MS = 3000;
const TIMEOUT_MS = 1500;
const RETRY_SECONDS = 2;
const MAX_KEYS = 1000;

const answer = z.object({
  id: z.uuid(),
  tenantId: z.uuid(),
  role: z.enum(roles),
  scopes: z.array(z.string()),
  plan: z.string().optional(),
});

export type ApiKeyVerifier = (key: string) => Promise<Principal | undefined>;

/** Asks the backend whom an API key is for, once in a few seconds for each key. */
export function createApiKeyVerifier(backendUrl: string): ApiKeyVerifier {
  const url = new URL(API_KEY_CHECK_PATH, backendUrl);
  const known = new Map<string, { readonly found: Promise<Principal | undefined>; readonly until: number }>();
  return (key) => {
    const now = performance.now();
    const remembered = known.get(key);
    if (remembered && now < remembered.until) return remembered.found;
    known.delete(key);
    const oldest = known.keys().next().value;
    if (known.size >= MAX_KEYS && oldest !== undefined) known.delete(oldest);
    const found = ask(url, key);
    const entry = { found, until: now + KNOWN_MS };
    known.set(key, entry);
    // A failure is not remembered, but those who wait for the same answer share it.
    found.catch(() => known.get(key) === entry && known.delete(key));
    return found;
  };
}

async function ask(url: URL, key: string): Promise<Principal | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key }),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    if (response.status === 401) return undefined;
    if (response.status !== 200) throw new Error(`${url.href} answers ${response.status}`);
    const { id, tenantId, role, scopes, plan } = answer.parse(body);
    return { userId: id, tenantId, role, email: "", scopes: scopes.filter(isPermission), plan };
  } catch (cause) {
    throw new ServiceError("keys_unavailable", { retryAfterSeconds: RETRY_SECONDS, cause });
  }
}

function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text);
}
