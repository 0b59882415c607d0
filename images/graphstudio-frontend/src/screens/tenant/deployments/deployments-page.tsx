import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { WhoMay } from "../../../components/who-may";
import { usePath } from "../../../router";
import { useSession } from "../../../session";
import { useLoaded } from "../../../use-loaded";
import { DeployToK8sModal } from "../deploy/deploy-to-k8s-modal";
import { deployable, type Place } from "../deploy/targets";
import type { TenantPageProps } from "../pages";
import { DeploymentList } from "./deployment-list";
import { DeploymentView } from "./deployment-view";

const REFRESH_MS = 30_000;

/** What the tenant runs in its clusters: all of it, or one deployment. */
export function DeploymentsPage({ account, tenant }: TenantPageProps) {
  const { t } = useTranslation("deployments");
  const { clusters: api } = useSession().api;
  const [, , id] = usePath().split("/");
  const { value: clusters } = useLoaded(
    useCallback((signal?: AbortSignal) => api.list(signal), [api]),
    REFRESH_MS,
  );
  const [deploying, setDeploying] = useState<{ readonly projectId?: string; readonly place?: Place }>();
  const [news, setNews] = useState(0);
  const mayWrite = tenant.permissions.includes("deployments.write");
  const open = deployable(clusters ?? [], account, tenant);
  return (
    <>
      {id === undefined ? (
        <DeploymentList
          key={news}
          needsCluster={clusters?.length === 0 && tenant.permissions.includes("clusters.manage")}
          onDeploy={open.length > 0 ? () => setDeploying({}) : undefined}
        />
      ) : (
        <DeploymentView
          key={`${id} ${news}`}
          id={id}
          mayChange={(clusterId) => open.some((one) => one.cluster_id === clusterId)}
          onDeploy={(projectId, place) => setDeploying({ projectId, place })}
        />
      )}
      {!mayWrite && (
        <p className="entry-text">
          <WhoMay account={account} permission="deployments.write" />
        </p>
      )}
      {mayWrite && clusters && clusters.length > 0 && open.length === 0 && (
        <p className="entry-text">{t("noneAllowed")}</p>
      )}
      {deploying && (
        <DeployToK8sModal
          clusters={open}
          {...deploying}
          onDeployed={() => setNews(news + 1)}
          onClose={() => setDeploying(undefined)}
        />
      )}
    </>
  );
}
