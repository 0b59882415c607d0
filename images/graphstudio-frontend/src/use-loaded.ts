import { useCallback, useState } from "react";
import { useRefresh } from "./use-refresh";

export interface Loaded<T> {
  /** What was loaded last; undefined before. */
  readonly value: T | undefined;
  /** Why the last attempt failed; undefined if it did not. */
  readonly failure: unknown;
  readonly reload: (signal?: AbortSignal) => Promise<void>;
}

/**
 * Loads something, and again every now and then while the page is visible.
 * @param read loads again when it changes @param news loads again when this changes
 */
export function useLoaded<T>(read: (signal?: AbortSignal) => Promise<T>, everyMs: number, news?: unknown): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [failure, setFailure] = useState<unknown>();
  const reload = useCallback(
    async (signal?: AbortSignal) => {
      try {
        const found = await read(signal);
        if (signal?.aborted) return;
        setValue(() => found);
        setFailure(undefined);
      } catch (error) {
        if (!signal?.aborted) setFailure(error);
      }
    },
    [read],
  );
  useRefresh(reload, everyMs, news);
  return { value, failure, reload };
}
