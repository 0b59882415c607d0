const KEY = "nexus:return";

/** Keeps the present page, in this tab alone, for the way back from an identity provider. */
export function rememberPage(): void {
  window.sessionStorage.setItem(KEY, window.location.pathname + window.location.hash);
}

/** The page that was kept, once. */
export function takePage(): string {
  const page = window.sessionStorage.getItem(KEY);
  window.sessionStorage.removeItem(KEY);
  return page !== null && isOwn(page) ? page : "/workspaces";
}

/** Read as the browser reads it: two slashes begin another site, and so do some texts with backslashes or tabs. */
function isOwn(page: string): boolean {
  const { origin } = window.location;
  return URL.canParse(page, origin) && new URL(page, origin).origin === origin;
}
