import { useEffect } from "react";

/**
 * Loads now, every so often while the page is looked at, and as soon as it is seen or the network is there again.
 * @param news loads anew whenever this changes
 */
export function useRefresh(load: (signal: AbortSignal) => Promise<void>, everyMs: number, news?: unknown): void {
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const loadIfSeen = () => {
      if (document.visibilityState === "visible") void load(signal);
    };
    loadIfSeen();
    const timer = setInterval(loadIfSeen, everyMs);
    document.addEventListener("visibilitychange", loadIfSeen, { signal });
    window.addEventListener("online", loadIfSeen, { signal });
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [load, everyMs, news]);
}
