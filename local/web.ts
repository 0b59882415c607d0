import type { fetch } from "undici";

/** `fetch` through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, as npm, Go and Pulumi do by themselves. */
export const fetchByProxy: typeof fetch = async (url, init) => {
  // Most runs ask the network for nothing.
  const { EnvHttpProxyAgent, fetch: fetchWith } = await import("undici");
  return fetchWith(url, { ...init, dispatcher: new EnvHttpProxyAgent() });
};
