import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RolloutEvent } from "../../../api/deployment-types";
import { formatAge } from "../../../format";

/** A deployment of some services reports dozens while it starts. */
const NEWEST = 8;

/** What the cluster reports about the objects of a deployment, the newest first. */
export function Events({ events }: { readonly events: readonly RolloutEvent[] }) {
  const { t } = useTranslation("deployments");
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-labelledby="events">
      <h2 id="events">{t("events")}</h2>
      {events.length === 0 && <p className="entry-text">{t("noEvents")}</p>}
      {events.length > 0 && (
        <ul className="findings">
          {events.slice(0, isOpen ? events.length : NEWEST).map(({ at, type, reason, object, message, count }) => (
            <li key={`${at} ${object} ${reason} ${message}`} data-testid="event">
              <strong className={type === "Normal" ? undefined : "ended"}>{reason}</strong> {object}
              <p>{message}</p>
              <p className="entry-text">
                {at !== null && formatAge(at, Date.now())} {count > 1 && t("times", { count })}
              </p>
            </li>
          ))}
        </ul>
      )}
      {events.length > NEWEST && !isOpen && (
        <button type="button" className="button small" onClick={() => setOpen(true)}>
          {t("allEvents", { count: events.length })}
        </button>
      )}
    </section>
  );
}
