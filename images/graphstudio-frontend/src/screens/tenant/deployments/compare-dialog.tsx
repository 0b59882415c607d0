import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../../../api/problem";
import { CloseRow } from "../../../components/close-row";
import { Dialog } from "../../../components/dialog";
import { Notice } from "../../../components/notice";
import { Skeleton } from "../../../components/skeleton";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";
import { ObjectChanges } from "./object-changes";

export interface CompareDialogProps {
  readonly deploymentId: string;
  readonly revision: number;
  /** Revisions to compare it with, the newest first. */
  readonly earlier: readonly number[];
  readonly onClose: () => void;
}

const REFRESH_MS = 600_000;

/** What a revision has otherwise than an earlier one. */
export function CompareDialog({ deploymentId, revision, earlier, onClose }: CompareDialogProps) {
  const { t } = useTranslation("deployments");
  const { deployments } = useSession().api;
  const [since, setSince] = useState(earlier[0] ?? 1);
  const { value: changes, failure } = useLoaded(
    useCallback(() => deployments.changes(deploymentId, revision, since), [deployments, deploymentId, revision, since]),
    REFRESH_MS,
  );
  return (
    <Dialog title={t("compareTitle", { revision })} wide onClose={onClose}>
      <div className="filter">
        <label>
          {t("compareWith")}
          <select value={since} onChange={({ target }) => setSince(Number(target.value))}>
            {earlier.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </div>
      {failure !== undefined && <Notice>{describeFailure(failure)}</Notice>}
      {!changes && failure === undefined && <Skeleton label={t("changes")} />}
      {changes?.length === 0 && <p className="entry-text">{t("same")}</p>}
      {changes && <ObjectChanges objects={changes} />}
      <CloseRow onClose={onClose} />
    </Dialog>
  );
}
