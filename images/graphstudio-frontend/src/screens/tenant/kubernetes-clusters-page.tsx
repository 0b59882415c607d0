import { useCallback, useEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { Cluster } from "../../api/cluster-types";
import { describeFailure } from "../../api/problem";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { Name } from "../../components/name";
import { Notice, RetryNotice } from "../../components/notice";
import { Skeleton } from "../../components/skeleton";
import { WhoMay } from "../../components/who-may";
import { useSession } from "../../session";
import { useLoaded } from "../../use-loaded";
import { AddCluster } from "./add-cluster";
import { ClusterCard } from "./cluster-card";
import { ClusterScan } from "./cluster-scan";
import { DeployToK8sModal } from "./deploy/deploy-to-k8s-modal";
import { deployable } from "./deploy/targets";
import type { TenantPageProps } from "./pages";

/** How often the states are loaded again while the page is visible. */
const REFRESH_MS = 30_000;

/** The Kubernetes clusters of the tenant: how they are, and what is in them. */
export function KubernetesClustersPage({ account, tenant }: TenantPageProps) {
  const { t } = useTranslation("clusters");
  const { clusters: api, deployments } = useSession().api;
  const mayManage = tenant.permissions.includes("clusters.manage");
  const {
    value: clusters,
    failure,
    reload,
  } = useLoaded(
    useCallback((signal?: AbortSignal) => api.list(signal), [api]),
    REFRESH_MS,
  );
  const open = deployable(clusters ?? [], account, tenant);
  const [deploying, setDeploying] = useState<Cluster>();
  const [scanning, setScanning] = useState<Cluster>();
  const [removing, setRemoving] = useState<Cluster>();
  const [removed, setRemoved] = useState<string>();
  const [said, setSaid] = useState("");
  const [checkFailure, setCheckFailure] = useState<unknown>();
  const list = useRef<HTMLHeadingElement>(null);
  // The focused button was removed with its card.
  useEffect(() => {
    if (removed !== undefined) list.current?.focus();
  }, [removed]);
  const check = async ({ cluster_id: id, name }: Cluster) => {
    setCheckFailure(undefined);
    try {
      await api.check(id);
      setSaid(t("checkDone", { name }));
    } catch (error) {
      setCheckFailure(error);
    }
    await reload();
  };
  const allowMembers = async ({ cluster_id: id }: Cluster, allowed: boolean) => {
    setCheckFailure(undefined);
    await deployments.allowMembers(id, allowed).catch(setCheckFailure);
    await reload();
  };
  const remove = async ({ cluster_id: id, name }: Cluster) => {
    await api.remove(id);
    await reload();
    setRemoving(undefined);
    setRemoved(name);
    setSaid(t("removed", { name }));
  };
  return (
    <>
      <section aria-labelledby="clusters">
        <h2 id="clusters" ref={list} tabIndex={-1}>
          {t("clusters")}
        </h2>
        {failure !== undefined && <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />}
        {checkFailure !== undefined && <Notice>{describeFailure(checkFailure)}</Notice>}
        {!clusters && failure === undefined && <Skeleton label={t("clusters")} />}
        {clusters?.length === 0 && <NoClusters />}
        {clusters && clusters.length > 0 && (
          <ul className="cluster-list">
            {clusters.map((cluster) => (
              <ClusterCard
                key={cluster.cluster_id}
                cluster={cluster}
                onDeploy={open.includes(cluster) ? () => setDeploying(cluster) : undefined}
                actions={
                  mayManage
                    ? {
                        onScan: () => setScanning(cluster),
                        onCheck: () => check(cluster),
                        onRemove: cluster.own ? undefined : () => setRemoving(cluster),
                        onAllowMembers: (allowed) => allowMembers(cluster, allowed),
                      }
                    : undefined
                }
              />
            ))}
          </ul>
        )}
        <p className="visually-hidden" role="status">
          {said}
        </p>
      </section>
      {mayManage ? (
        <AddCluster
          onAdded={async ({ name }) => {
            setSaid(t("added", { name }));
            await reload();
          }}
        />
      ) : (
        <p className="entry-text">
          <WhoMay account={account} permission="clusters.manage" />
        </p>
      )}
      {deploying && (
        <DeployToK8sModal
          clusters={open}
          place={{ clusterId: deploying.cluster_id }}
          onDeployed={() => void reload()}
          onClose={() => setDeploying(undefined)}
        />
      )}
      {scanning && (
        <ClusterScan
          cluster={scanning}
          onDone={reload}
          onClose={() => {
            setScanning(undefined);
          }}
        />
      )}
      {removing && (
        <ConfirmDialog
          title={<Trans t={t} i18nKey="removeTitle" components={{ cluster: <Name text={removing.name} /> }} />}
          action={t("removeCluster")}
          danger
          onConfirm={() => remove(removing)}
          onClose={() => setRemoving(undefined)}
        >
          <p>{t("removeText")}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

/** What a cluster is good for here, and how to get a kubeconfig that may be given away. */
function NoClusters() {
  const { t } = useTranslation("clusters");
  return (
    <div className="empty" data-testid="no-clusters">
      <h3>{t("none")}</h3>
      <p>{t("noneText")}</p>
      <ol className="add-steps">
        <li>{t("noneSteps.account")}</li>
        <li>{t("noneSteps.kubeconfig")}</li>
        <li>{t("noneSteps.add")}</li>
      </ol>
    </div>
  );
}
