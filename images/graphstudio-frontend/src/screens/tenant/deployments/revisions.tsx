import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Deployment, Revision } from "../../../api/deployment-types";
import { describeFailure } from "../../../api/problem";
import { Name } from "../../../components/name";
import { Notice, RetryNotice } from "../../../components/notice";
import { formatTime } from "../../../format";
import { saveFile } from "../../../save-file";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";
import { CompareDialog } from "./compare-dialog";

export interface RevisionsProps {
  readonly deployment: Deployment;
  /** Undefined for somebody who may only look. */
  readonly onRollBack: ((revision: number) => void) | undefined;
}

const REFRESH_MS = 60_000;

/** What was deployed before: who, when, and the way back to it. */
export function Revisions({ deployment, onRollBack }: RevisionsProps) {
  const { t } = useTranslation("deployments");
  const { deployments } = useSession().api;
  const { deployment_id: id, latest } = deployment;
  const {
    value: revisions,
    failure,
    reload,
  } = useLoaded(
    useCallback((signal?: AbortSignal) => deployments.revisions(id, signal), [deployments, id]),
    REFRESH_MS,
    `${latest.revision} ${latest.state}`,
  );
  const [comparing, setComparing] = useState<number>();
  const [saveFailure, setSaveFailure] = useState<unknown>();
  const save = async (revision: number) => {
    setSaveFailure(undefined);
    try {
      const files = await deployments.manifests(id, revision);
      const text = files.map((file) => `# ${file.path}\n${file.text}`).join("---\n");
      saveFile(new Blob([text], { type: "application/yaml" }), `${deployment.namespace}-${revision}.yaml`);
    } catch (error) {
      setSaveFailure(error);
    }
  };
  return (
    <section aria-labelledby="revisions">
      <h2 id="revisions">{t("revisions")}</h2>
      {failure !== undefined && <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />}
      {saveFailure !== undefined && <Notice>{describeFailure(saveFailure)}</Notice>}
      <ul className="entries">
        {revisions?.map((one) => (
          <li key={one.revision} data-testid="revision">
            <About revision={one} />
            {onRollBack && one.revision !== latest.revision && one.state === "applied" && one.act !== "remove" && (
              <button
                type="button"
                className="button small"
                aria-label={t("rollBackNamed", { revision: one.revision })}
                onClick={() => onRollBack(one.revision)}
              >
                {t("rollBack")}
              </button>
            )}
            {one.revision > 1 && (
              <button
                type="button"
                className="button small"
                aria-label={t("compareNamed", { revision: one.revision })}
                onClick={() => setComparing(one.revision)}
              >
                {t("compare")}
              </button>
            )}
            <button
              type="button"
              className="button small"
              aria-label={t("manifestsNamed", { revision: one.revision })}
              onClick={() => void save(one.revision)}
            >
              {t("manifests")}
            </button>
          </li>
        ))}
      </ul>
      {comparing !== undefined && revisions && (
        <CompareDialog
          deploymentId={id}
          revision={comparing}
          earlier={revisions.map(({ revision }) => revision).filter((revision) => revision < comparing)}
          onClose={() => setComparing(undefined)}
        />
      )}
    </section>
  );
}

function About({ revision: one }: { readonly revision: Revision }) {
  const { t } = useTranslation("deployments");
  return (
    <div>
      <strong>{t("revisionNamed", { revision: one.revision })}</strong> {t(`act.${one.act}`)} {one.detail}{" "}
      <span className={`badge badge-${one.state}`}>{t(`state.${one.state}`)}</span>
      <p className="entry-text">
        {one.made_by === null ? t("gone") : <Name text={one.made_by} />} ·{" "}
        <time dateTime={one.created_at}>{formatTime(one.created_at)}</time>
        {one.project_version !== null && ` · ${t("projectVersion", { version: one.project_version })}`}
      </p>
      {one.reason !== null && <p className="entry-text">{one.reason}</p>}
    </div>
  );
}
