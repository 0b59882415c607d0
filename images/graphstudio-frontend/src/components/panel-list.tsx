import { useState } from "react";
import type { WatchedPanels } from "../use-panels";
import { ScrollBox } from "./scroll-box";

/**
 * Windows in which the panels stand beside the runs, as in studio.css. In a smaller one they start closed, because they
 * would cover most of it.
 */
const WIDE = "(min-width: 1080px) and (min-height: 601px)";

const following = { text: "Live", className: "panels-live" };
const lost = { text: "Reconnecting…", className: "panels-lost" };
/** Nobody holds the workspace, so nothing changes. */
const asleep = { text: "Not live", className: "" };

/** The panels of a workspace, as JSON; nothing if it has none. */
export function PanelList({ panels, live }: WatchedPanels) {
  const [open] = useState(() => window.matchMedia(WIDE).matches);
  const names = Object.keys(panels).sort();
  if (names.length === 0) return null;
  const state = live === undefined ? asleep : live ? following : lost;
  return (
    <details className="panels" open={open}>
      <summary>
        Panels <span className="panels-count">{names.length}</span>
        <span className={`panels-state ${state.className}`} role="status">
          {state.text}
        </span>
      </summary>
      {names.map((name) => (
        <figure key={name}>
          <figcaption>
            <bdi>{name}</bdi>
          </figcaption>
          <ScrollBox label={`Panel ${name}`}>{JSON.stringify(panels[name], undefined, 2)}</ScrollBox>
        </figure>
      ))}
    </details>
  );
}
