import { useEffect, useState } from "react";
import type { Panels } from "./api/panels";
import { useSession } from "./session";

export interface WatchedPanels {
  readonly panels: Panels;
  /** Whether changes arrive live; undefined if nothing is followed. */
  readonly live: boolean | undefined;
}

/**
 * The panels of a workspace while a pod holds it. Looking at a stopped workspace does not start it.
 * @param runs number of runs; after another run an ended subscription is made again
 */
export function usePanels(workspaceId: string, running: boolean, runs: number): WatchedPanels {
  const { api } = useSession();
  const [panels, setPanels] = useState<Panels>({});
  const [live, setLive] = useState<boolean>();
  const [ended, setEnded] = useState(false);
  const wanted = running && !ended;
  useEffect(() => setEnded(false), [runs, running]);
  useEffect(() => {
    if (!wanted) return;
    const onEnd = () => setEnded(true);
    const socket = api.watchPanels(workspaceId, { onPanels: setPanels, onLive: setLive, onEnd });
    return () => {
      socket.close();
      setLive(undefined);
    };
  }, [api, workspaceId, wanted]);
  return { panels, live };
}
