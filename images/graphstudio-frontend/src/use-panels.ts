import { useEffect, useEffectEvent, useState } from "react";
import type { Person } from "./api/document";
import type { Panels } from "./api/panels";
import { useSession } from "./session";

export interface WatchedPanels {
  readonly panels: Panels;
  /** Whether changes arrive live; undefined if nothing is followed. */
  readonly live: boolean | undefined;
}

export interface WatchedWorkspace extends WatchedPanels {
  /** Who looks at the workspace now. */
  readonly people: readonly Person[];
}

const NOBODY: readonly Person[] = [];

/**
 * The panels of a workspace while a pod holds it, and who looks at it. Looking at a stopped workspace does not start it.
 * @param again after a change of it, an ended subscription is made again
 * @param onDocument called when the document may have changed
 */
export function usePanels(
  workspaceId: string,
  running: boolean,
  again: unknown,
  onDocument: () => void,
): WatchedWorkspace {
  const { api } = useSession();
  const [panels, setPanels] = useState<Panels>({});
  const [people, setPeople] = useState(NOBODY);
  const [live, setLive] = useState<boolean>();
  const [ended, setEnded] = useState(false);
  const wanted = running && !ended;
  const changed = useEffectEvent(onDocument);
  useEffect(() => setEnded(false), [again, running]);
  useEffect(() => {
    if (!wanted) return;
    const socket = api.watchPanels(workspaceId, {
      onPanels: setPanels,
      onLive: setLive,
      onEnd: () => setEnded(true),
      onDocument: () => changed(),
      onPeople: setPeople,
    });
    return () => {
      socket.close();
      setLive(undefined);
      setPeople(NOBODY);
    };
  }, [api, workspaceId, wanted]);
  return { panels, live, people };
}
