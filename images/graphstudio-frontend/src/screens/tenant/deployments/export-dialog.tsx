import { useCallback } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Deployment } from "../../../api/deployment-types";
import { describeFailure } from "../../../api/problem";
import { CopiedText } from "../../../components/copied-text";
import { CloseRow } from "../../../components/close-row";
import { Dialog } from "../../../components/dialog";
import { Name } from "../../../components/name";
import { Notice } from "../../../components/notice";
import { Skeleton } from "../../../components/skeleton";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";

export interface ExportDialogProps {
  readonly deployment: Deployment;
  readonly onClose: () => void;
}

const REFRESH_MS = 600_000;

/** The steps that bring a deployment under Pulumi. */
export function ExportDialog({ deployment, onClose }: ExportDialogProps) {
  const { t } = useTranslation("deployments");
  const { deployments } = useSession().api;
  const { deployment_id: id, project_name: project } = deployment;
  const { value, failure } = useLoaded(
    useCallback(() => deployments.stackEntry(id), [deployments, id]),
    REFRESH_MS,
  );
  return (
    <Dialog
      wide
      title={<Trans t={t} i18nKey="exportTitle" components={{ project: <Name text={project} /> }} />}
      onClose={onClose}
    >
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      {!value && failure === undefined && <Skeleton label={t("export")} />}
      {value && (
        <div className="step" data-testid="entry">
          <p className="entry-text">{t("exportText")}</p>
          <h3>{t("exportFiles")}</h3>
          {value.files.map(({ path, text }) =>
            text === null ? (
              <p className="entry-text" key={path}>
                <code>{path}</code> {t("exportKept")}
              </p>
            ) : (
              <details className="service" key={path}>
                <summary>{path}</summary>
                <CopiedText label={path} text={text} />
              </details>
            ),
          )}
          <h3>{t("exportEntry")}</h3>
          <CopiedText label={t("exportEntryText")} text={value.entry} />
          {value.commands.length > 0 && (
            <>
              <h3>{t("exportSecrets")}</h3>
              <CopiedText label={t("exportCommands")} text={value.commands.join("\n")} />
            </>
          )}
          <h3>{t("exportOwner")}</h3>
          {value.differences.length > 0 && (
            <Notice kind="info">
              {t("exportDifferences")} {value.differences.join("; ")}
            </Notice>
          )}
        </div>
      )}
      <CloseRow onClose={onClose} />
    </Dialog>
  );
}
