const KEY = "nexus:return";

/** Keeps the present page, in this tab alone, for the way back from an identity provider. */
export function rememberPage(): void {
  window.sessionStorage.setItem(KEY, window.location.pathname + window.location.hash);
}

/** The page that was kept, once. */
export function takePage(): string {
  const page = window.sessionStorage.getItem(KEY);
  window.sessionStorage.removeItem(KEY);
  // Two slashes would begin another site.
  return page && /^\/(?![/\\])/.test(page) ? page : "/workspaces";
}
