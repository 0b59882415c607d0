import { useCallback, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Deployment } from "../../../api/deployment-types";
import { describeFailure } from "../../../api/problem";
import { ConfirmDialog } from "../../../components/confirm-dialog";
import { Name } from "../../../components/name";
import { Notice } from "../../../components/notice";
import { NAMESPACE_KIND, VOLUME_KIND } from "../../../i18n/untranslated";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";
import { objectOf } from "./manifest-object";

export interface DeleteDialogProps {
  readonly deployment: Deployment;
  readonly onDone: () => Promise<void>;
  readonly onClose: () => void;
}

const REFRESH_MS = 600_000;

/** Asks before a deployment is deleted, with everything that goes. */
export function DeleteDialog({ deployment, onDone, onClose }: DeleteDialogProps) {
  const { t } = useTranslation("deployments");
  const { deployments } = useSession().api;
  const { deployment_id: id, latest, project_name: project } = deployment;
  const [withVolumes, setWithVolumes] = useState(false);
  const { value: manifests, failure } = useLoaded(
    useCallback(() => deployments.manifests(id, latest.revision), [deployments, id, latest.revision]),
    REFRESH_MS,
  );
  const objects = manifests?.map(objectOf).filter(({ kind }) => kind !== NAMESPACE_KIND) ?? [];
  const volumes = objects.filter(({ kind }) => kind === VOLUME_KIND);
  const others = objects.filter(({ kind }) => kind !== VOLUME_KIND);
  return (
    <ConfirmDialog
      title={<Trans t={t} i18nKey="deleteTitle" components={{ project: <Name text={project} /> }} />}
      action={t("deleteIt")}
      danger
      onConfirm={async () => {
        await deployments.remove(id, withVolumes);
        await onDone();
      }}
      onClose={onClose}
    >
      <p>{t("deleteText")}</p>
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      {others.length > 0 && (
        <ul className="less" data-testid="goes">
          {others.map(({ kind, name }) => (
            <li key={`${kind} ${name}`}>
              {kind} {name}
            </li>
          ))}
        </ul>
      )}
      {volumes.length > 0 && (
        <label className="choice">
          <input type="checkbox" checked={withVolumes} onChange={({ target }) => setWithVolumes(target.checked)} />
          <span>
            {t("deleteVolumes")}
            <span className="entry-text">{volumes.map(({ name }) => name).join(" ")}</span>
          </span>
        </label>
      )}
    </ConfirmDialog>
  );
}
