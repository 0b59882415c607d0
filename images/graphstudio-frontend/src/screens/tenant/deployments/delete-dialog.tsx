import { useCallback, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Deployment } from "../../../api/deployment-types";
import { describeFailure } from "../../../api/problem";
import { ConfirmDialog } from "../../../components/confirm-dialog";
import { Name } from "../../../components/name";
import { Notice } from "../../../components/notice";
import { NAMESPACE_KIND, VOLUME_KIND } from "../../../i18n/untranslated";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";
import { keepsData, objectOf } from "./manifest-object";

export interface DeleteDialogProps {
  readonly deployment: Deployment;
  readonly mayChange: (clusterId: string) => boolean;
  readonly onDone: () => Promise<void>;
  readonly onClose: () => void;
}

const REFRESH_MS = 600_000;

/** Asks before a deployment is deleted, with everything that goes. */
export function DeleteDialog({ deployment, mayChange, onDone, onClose }: DeleteDialogProps) {
  const { t } = useTranslation("deployments");
  const { deployments } = useSession().api;
  const { deployment_id: id, latest, project_id: projectId, project_name: project } = deployment;
  const [withVolumes, setWithVolumes] = useState(false);
  const { value: manifests, failure } = useLoaded(
    useCallback(() => deployments.manifests(id, latest.revision), [deployments, id, latest.revision]),
    REFRESH_MS,
  );
  const { value: all = [] } = useLoaded(
    useCallback(
      async () => (projectId === null ? [] : await deployments.ofProject(projectId)),
      [deployments, projectId],
    ),
    REFRESH_MS,
  );
  const elsewhere = all.filter((one) => one.deployment_id !== id && mayChange(one.cluster_id));
  const [chosen, setChosen] = useState<readonly string[]>([]);
  // Somebody who tries again after a failure deletes nothing twice.
  const done = useRef(new Set<string>());
  const remove = async () => {
    for (const one of [...chosen, id].filter((each) => !done.current.has(each))) {
      await deployments.remove(one, withVolumes);
      done.current.add(one);
    }
    await onDone();
  };
  const objects = manifests?.map(objectOf).filter(({ kind }) => kind !== NAMESPACE_KIND) ?? [];
  const volumes = manifests?.filter(keepsData).map(objectOf) ?? [];
  const others = objects.filter(({ kind }) => kind !== VOLUME_KIND);
  return (
    <ConfirmDialog
      title={<Trans t={t} i18nKey="deleteTitle" components={{ project: <Name text={project} /> }} />}
      action={t("deleteIt")}
      danger
      onConfirm={remove}
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
      {elsewhere.length > 0 && (
        <fieldset className="choices">
          <legend>{t("deleteElsewhere")}</legend>
          {elsewhere.map(({ deployment_id: other, cluster_name: cluster, namespace }) => (
            <label className="choice" key={other}>
              <input
                type="checkbox"
                checked={chosen.includes(other)}
                onChange={({ target }) =>
                  setChosen(target.checked ? [...chosen, other] : chosen.filter((one) => one !== other))
                }
              />
              <Name text={`${cluster} / ${namespace}`} />
            </label>
          ))}
        </fieldset>
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
