import { useEffect } from "react";

/**
 * Loads now, periodically while the page is visible, and as soon as it becomes visible or the network is back.
 * @param news loads again when this changes
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
