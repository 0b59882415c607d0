import { useEffect, useState } from "react";
import type { Panels } from "./api/panels";
import { useSession } from "./session";

/**
 * The panels of a workspace while a pod holds it. Looking at a workspace that sleeps does not wake it.
 * @param runs number of runs; after another one a subscription that ended is made again
 */
export function usePanels(workspaceId: string, running: boolean, runs: number): Panels {
  const { api } = useSession();
  const [panels, setPanels] = useState<Panels>({});
  const [ended, setEnded] = useState(false);
  const wanted = running && !ended;
  useEffect(() => setEnded(false), [runs]);
  useEffect(() => {
    if (!wanted) return;
    const socket = api.watchPanels(workspaceId, setPanels, () => setEnded(true));
    return () => socket.close();
  }, [api, workspaceId, wanted]);
  return panels;
}
