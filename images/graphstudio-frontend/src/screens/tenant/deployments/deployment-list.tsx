import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Deployment } from "../../../api/deployment-types";
import { describeFailure } from "../../../api/problem";
import { readPages } from "../../../api/read-pages";
import { More } from "../../../components/more";
import { Name } from "../../../components/name";
import { RetryNotice } from "../../../components/notice";
import { Skeleton } from "../../../components/skeleton";
import { formatAge } from "../../../format";
import { Link } from "../../../router";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";

export interface DeploymentListProps {
  /** Whether somebody who may add a cluster has none yet. */
  readonly needsCluster: boolean;
  /** Undefined for somebody who may not. */
  readonly onDeploy: (() => void) | undefined;
}

const REFRESH_MS = 10_000;

/** All deployments of the tenant. */
export function DeploymentList({ needsCluster, onDeploy }: DeploymentListProps) {
  const { t } = useTranslation("deployments");
  const { deployments: api } = useSession().api;
  const [pages, setPages] = useState(1);
  const {
    value: found,
    failure,
    reload,
  } = useLoaded(
    useCallback((signal?: AbortSignal) => readPages(pages, (after) => api.list(after, signal)), [api, pages]),
    REFRESH_MS,
  );
  return (
    <section aria-labelledby="deployments">
      <h2 id="deployments">{t("deployments")}</h2>
      {failure !== undefined && <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />}
      {!found && failure === undefined && <Skeleton label={t("deployments")} />}
      {onDeploy && found && (
        <button type="button" className="button primary" onClick={onDeploy}>
          {t("deploy")}
        </button>
      )}
      {found?.items.length === 0 && <NoDeployments needsCluster={needsCluster} />}
      {found && found.items.length > 0 && (
        <>
          <table className="workspaces" aria-labelledby="deployments">
            <thead>
              <tr>
                <th scope="col">{t("project")}</th>
                <th scope="col">{t("place")}</th>
                <th scope="col">{t("revision")}</th>
                <th scope="col">{t("who")}</th>
                <th scope="col">{t("when")}</th>
              </tr>
            </thead>
            <tbody>
              {found.items.map((one) => (
                <Row key={one.deployment_id} deployment={one} />
              ))}
            </tbody>
          </table>
          <More count={found.items.length} onMore={found.next ? () => setPages(pages + 1) : undefined} />
        </>
      )}
    </section>
  );
}

function Row({ deployment }: { readonly deployment: Deployment }) {
  const { t } = useTranslation("deployments");
  const { deployment_id: id, project_name: project, namespace, cluster_name: cluster, latest } = deployment;
  return (
    <tr data-testid="deployment">
      <td className="cell-name">
        <Link href={`/deployments/${id}`}>
          <Name text={project} />
        </Link>{" "}
        <span className={`badge badge-${latest.state}`}>{t(`state.${latest.state}`)}</span>
      </td>
      <td data-label={t("place")}>
        <Name text={`${cluster} / ${namespace}`} />
      </td>
      <td data-label={t("revision")} className="cell-number">
        {latest.revision} {t(`act.${latest.act}`)}
      </td>
      <td data-label={t("who")}>{latest.made_by === null ? t("gone") : <Name text={latest.made_by} />}</td>
      <td data-label={t("when")}>
        <time dateTime={latest.created_at}>{formatAge(latest.created_at, Date.now())}</time>
      </td>
    </tr>
  );
}

/** What to do first. */
function NoDeployments({ needsCluster }: Pick<DeploymentListProps, "needsCluster">) {
  const { t } = useTranslation("deployments");
  return (
    <div className="empty" data-testid="no-deployments">
      <h3>{t("none")}</h3>
      <p>{t("noneText")}</p>
      <ol className="add-steps">
        {needsCluster && <li>{t("noneSteps.cluster")}</li>}
        <li>{t("noneSteps.project")}</li>
        <li>{t("noneSteps.look")}</li>
      </ol>
      {needsCluster && (
        <Link className="button primary" href="/clusters">
          {t("toClusters")}
        </Link>
      )}
    </div>
  );
}
