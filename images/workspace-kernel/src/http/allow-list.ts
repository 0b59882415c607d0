const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** Whether a tenant's list allows a URL: `host` and `*.host` on the default ports, `host:port` on that port. */
export function isAllowed(url: URL, allowList: readonly string[]): boolean {
  const usual = DEFAULT_PORTS[url.protocol];
  const port = url.port || usual;
  // A trailing dot names the same host.
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  return allowList.some((entry) => {
    const [name = "", entryPort = usual] = entry.split(":");
    if (entryPort !== port) return false;
    return name.startsWith("*.") ? host.endsWith(name.slice(1)) && host.length >= name.length : host === name;
  });
}
