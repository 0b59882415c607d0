import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Workload } from "../../../api/deployment-types";
import { ApiError, describeFailure } from "../../../api/problem";
import { ConfirmDialog } from "../../../components/confirm-dialog";
import { Name } from "../../../components/name";
import { Notice, RetryNotice } from "../../../components/notice";
import { Skeleton } from "../../../components/skeleton";
import { Link } from "../../../router";
import { useSession } from "../../../session";
import type { Place } from "../deploy/targets";
import { DeleteDialog } from "./delete-dialog";
import { Events } from "./events";
import { ExportDialog } from "./export-dialog";
import { RevisionProgress } from "./revision-progress";
import { Revisions } from "./revisions";
import { ScaleDialog } from "./scale-dialog";
import { useDeployment } from "./use-deployment";
import { Workloads } from "./workloads";

export interface DeploymentViewProps {
  readonly id: string;
  readonly mayChange: (clusterId: string) => boolean;
  readonly onDeploy: (projectId: string, place: Place) => void;
}

/** What somebody is about to do. */
type Act =
  | { readonly kind: "restart"; readonly service: string | undefined }
  | { readonly kind: "scale"; readonly workload: Workload }
  | { readonly kind: "rollback"; readonly revision: number }
  | { readonly kind: "export" }
  | { readonly kind: "remove" };

/** One deployment: how it is, what it had before, and what can be done with it. */
export function DeploymentView({ id, mayChange, onDeploy }: DeploymentViewProps) {
  const { t } = useTranslation("deployments");
  const { deployments: api } = useSession().api;
  const { deployment, status } = useDeployment(id);
  const [act, setAct] = useState<Act>();
  const { value, failure } = deployment;
  const isGone = failure instanceof ApiError && failure.status === 404;
  const close = () => setAct(undefined);
  const after = async () => {
    await deployment.reload();
    close();
  };
  if (isGone)
    return (
      <div className="empty" data-testid="gone">
        <h2>{value ? t("deleted") : t("notThere")}</h2>
        <Link className="button primary" href="/deployments">
          {t("all")}
        </Link>
      </div>
    );
  if (!value)
    return failure === undefined ? (
      <Skeleton label={t("deployments")} />
    ) : (
      <RetryNotice reason={describeFailure(failure)} onRetry={() => void deployment.reload()} />
    );
  const { project_id: projectId, project_name: project, cluster_id: clusterId, cluster_name: cluster } = value;
  const place = { clusterId, namespace: value.namespace };
  const may = mayChange(clusterId);
  return (
    <>
      <section aria-labelledby="deployment">
        <Link href="/deployments">{t("all")}</Link>
        <h2 id="deployment">
          <Name text={project} />
        </h2>
        <p className="entry-text">
          <Trans
            t={t}
            i18nKey="isIn"
            components={{ cluster: <Name text={cluster} />, namespace: <Name text={value.namespace} /> }}
          />
        </p>
        {failure !== undefined && (
          <RetryNotice reason={describeFailure(failure)} onRetry={() => void deployment.reload()} />
        )}
        <RevisionProgress revision={value.latest} />
        {may && (
          <div className="actions">
            {projectId !== null && (
              <button type="button" className="button primary" onClick={() => onDeploy(projectId, place)}>
                {t("deployAgain")}
              </button>
            )}
            <button type="button" className="button" onClick={() => setAct({ kind: "restart", service: undefined })}>
              {t("restartAll")}
            </button>
            {projectId !== null && (
              <button type="button" className="button" onClick={() => setAct({ kind: "export" })}>
                {t("export")}
              </button>
            )}
            <button type="button" className="button quiet" onClick={() => setAct({ kind: "remove" })}>
              {t("delete")}
            </button>
          </div>
        )}
      </section>
      <section aria-labelledby="workloads">
        <h2 id="workloads">{t("services")}</h2>
        {status.failure !== undefined && <Notice>{describeFailure(status.failure)}</Notice>}
        {!status.value && status.failure === undefined && <Skeleton label={t("services")} />}
        {status.value && (
          <Workloads
            deploymentId={id}
            workloads={status.value.workloads}
            actions={
              may
                ? {
                    onRestart: (service) => setAct({ kind: "restart", service }),
                    onScale: (workload) => setAct({ kind: "scale", workload }),
                  }
                : undefined
            }
          />
        )}
      </section>
      <Revisions
        deployment={value}
        onRollBack={may ? (revision) => setAct({ kind: "rollback", revision }) : undefined}
      />
      {status.value && <Events events={status.value.events} />}
      {act?.kind === "restart" && (
        <ConfirmDialog
          title={act.service === undefined ? t("restartAllTitle") : t("restartTitle", { name: act.service })}
          action={t("restart")}
          onConfirm={async () => {
            await api.restart(value, act.service);
            await after();
          }}
          onClose={close}
        >
          <p>{t("restartText")}</p>
        </ConfirmDialog>
      )}
      {act?.kind === "rollback" && (
        <ConfirmDialog
          title={t("rollBackTitle", { revision: act.revision })}
          action={t("rollBack")}
          onConfirm={async () => {
            await api.rollBack(value, act.revision);
            await after();
          }}
          onClose={close}
        >
          <p>{t("rollBackText", { revision: act.revision })}</p>
        </ConfirmDialog>
      )}
      {act?.kind === "scale" && (
        <ScaleDialog deployment={value} workload={act.workload} onDone={after} onClose={close} />
      )}
      {act?.kind === "export" && <ExportDialog deployment={value} onClose={close} />}
      {act?.kind === "remove" && (
        <DeleteDialog deployment={value} mayChange={mayChange} onDone={after} onClose={close} />
      )}
    </>
  );
}
