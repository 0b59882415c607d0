import type { fetch } from "undici";

/**
 * `fetch` through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name. npm, Go and Pulumi do this by themselves.
 */
export const fetchByProxy: typeof fetch = async (url, init) => {
  // Loaded only when needed: most runs send no request.
  const { EnvHttpProxyAgent, fetch: fetchWith } = await import("undici");
  return fetchWith(url, { ...init, dispatcher: new EnvHttpProxyAgent() });
};
