import { useTranslation } from "react-i18next";
import type { Revision } from "../../../api/deployment-types";
import { Notice } from "../../../components/notice";

/** How far a revision is, and if it did not get there, why. */
export function RevisionProgress({ revision }: { readonly revision: Revision }) {
  const { t } = useTranslation("deployments");
  const { state, done, total, reason, refused } = revision;
  const isOver = !["queued", "applying"].includes(state);
  const failed = state === "failed" || state === "skipped";
  return (
    <div className="revision-progress" data-testid="progress">
      <p role="status">
        <span className={`badge badge-${state}`}>{t(`state.${state}`)}</span>{" "}
        {t("progress", { revision: revision.revision, done, total })}
      </p>
      {!isOver && <progress max={total} value={done} aria-label={t("progressLabel")} />}
      {reason !== null && failed && <Notice>{reason}</Notice>}
      {reason !== null && !failed && <p className="entry-text">{reason}</p>}
      {refused.length > 0 && (
        <ul className="findings">
          {refused.map(({ id, message }) => (
            <li key={`${id.kind} ${id.namespace ?? ""}/${id.name}`}>
              <strong>
                {id.kind} {id.name}
              </strong>
              <p className="entry-text">{message}</p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
