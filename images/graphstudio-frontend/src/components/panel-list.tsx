import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { WatchedPanels } from "../use-panels";
import { ShownValue } from "../results/shown-value";
import { Name } from "./name";
import { ScrollBox } from "./scroll-box";

/**
 * Windows in which the panels stand beside the runs, as in studio.css. In a smaller one they start closed, because they
 * would cover most of it.
 */
const WIDE = "(min-width: 1080px) and (min-height: 601px)";

const following = { text: "live", className: "panels-live" } as const;
const lost = { text: "reconnecting", className: "panels-lost" } as const;
/** Nobody holds the workspace, so nothing changes. */
const asleep = { text: "notLive", className: "" } as const;

/** The panels of a workspace, as tables, charts or JSON; nothing if it has none. */
export function PanelList({ panels, live }: WatchedPanels) {
  const { t } = useTranslation("workspace");
  const [open] = useState(() => window.matchMedia(WIDE).matches);
  const names = Object.keys(panels).sort();
  if (names.length === 0) return null;
  const state = live === undefined ? asleep : live ? following : lost;
  return (
    <details className="panels" open={open}>
      <summary>
        {t("panels")} <span className="panels-count">{names.length}</span>
        <span className={`panels-state ${state.className}`} role="status">
          {t(state.text)}
        </span>
      </summary>
      {names.map((name) => (
        <figure key={name}>
          <figcaption>
            <Name text={name} />
          </figcaption>
          <ShownValue value={panels[name]} label={t("panel", { name })}>
            <ScrollBox label={t("panel", { name })}>{JSON.stringify(panels[name], undefined, 2)}</ScrollBox>
          </ShownValue>
        </figure>
      ))}
    </details>
  );
}
