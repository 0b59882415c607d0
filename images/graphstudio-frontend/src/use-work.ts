import { useState } from "react";

export interface Work {
  readonly isPending: boolean;
  /** Why it failed the last time. */
  readonly failure: unknown;
  readonly run: () => void;
}

/** Does something once at a time. */
export function useWork(work: () => Promise<void>): Work {
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const run = () => {
    if (isPending) return;
    setPending(true);
    setFailure(undefined);
    work()
      .catch(setFailure)
      .finally(() => setPending(false));
  };
  return { isPending, failure, run };
}
