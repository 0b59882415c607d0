import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Cluster, InfraKind } from "../../api/cluster-types";
import { Name } from "../../components/name";
import { formatAge } from "../../format";
import { databaseNames } from "../../i18n/untranslated";
import { Findings } from "./findings";

export interface ClusterCardProps {
  readonly cluster: Cluster;
  /** Undefined for somebody who may not deploy there. */
  readonly onDeploy: (() => void) | undefined;
  /** Undefined for somebody who may only look. */
  readonly actions:
    | {
        readonly onScan: () => void;
        readonly onCheck: () => Promise<void>;
        /** Undefined for a cluster that cannot be removed. */
        readonly onRemove: (() => void) | undefined;
        readonly onAllowMembers: (allowed: boolean) => Promise<void>;
      }
    | undefined;
}

export function ClusterCard({ cluster, onDeploy, actions }: ClusterCardProps) {
  const { t } = useTranslation("clusters");
  const [checking, setChecking] = useState(false);
  /** What was chosen, until the cluster says so. */
  const [allowing, setAllowing] = useState<boolean>();
  const { name, status, status_reason: reason } = cluster;
  const now = Date.now();
  const check = () => {
    if (checking || !actions) return;
    setChecking(true);
    void actions.onCheck().finally(() => setChecking(false));
  };
  const findings = Object.entries(cluster.infra_scans).flatMap(([namespace, kinds]) =>
    Object.entries(kinds).flatMap(([type, { candidates }]) =>
      candidates.map((candidate) => ({ ...candidate, namespace, type: type as InfraKind })),
    ),
  );
  const kinds = [...new Set(findings.filter(({ verdict }) => verdict === "confirmed").map(({ type }) => type))];
  return (
    <li className="cluster" data-testid="cluster">
      <div className="cluster-head">
        <h3>
          <Name text={name} />
        </h3>
        <span className={`badge badge-${status}`}>{t(`status.${status}`)}</span>
      </div>
      {reason !== null && <p className="entry-text">{reason}</p>}
      <dl>
        <Row label={t("version")}>{cluster.version ?? t("notKnown")}</Row>
        <Row label={t("nodes")}>{cluster.node_count ?? t("notKnown")}</Row>
        <Row label={t("namespace")}>{cluster.namespace === "" ? t("noNamespace") : cluster.namespace}</Row>
        <Row label={t("context")}>
          <Name text={cluster.context} />
        </Row>
        <Row label={t("server")}>
          {cluster.server}
          {cluster.insecure && <strong className="ended"> {t("insecure")}</strong>}
        </Row>
        <Row label={t("checked")}>{formatAge(cluster.checked_at, now)}</Row>
        <Row label={t("scanned")}>{cluster.scanned_at === null ? t("never") : formatAge(cluster.scanned_at, now)}</Row>
      </dl>
      {cluster.scanned_at !== null && (
        <details>
          <summary>{kinds.length > 0 ? kinds.map((kind) => databaseNames[kind]).join(" · ") : t("nothing")}</summary>
          <Findings name={name} findings={findings} />
          {cluster.scan_notes.map((note) => (
            <p className="entry-text" key={note}>
              {note}
            </p>
          ))}
        </details>
      )}
      {actions && (
        <label className="choice">
          <input
            type="checkbox"
            aria-label={t("membersDeployNamed", { name })}
            checked={allowing ?? cluster.members_deploy}
            onChange={({ target }) => {
              setAllowing(target.checked);
              void actions.onAllowMembers(target.checked).finally(() => setAllowing(undefined));
            }}
          />
          <span>{t("membersDeploy")}</span>
        </label>
      )}
      {(actions ?? onDeploy) && (
        <div className="actions">
          {onDeploy && (
            <button type="button" className="button primary" aria-label={t("deployNamed", { name })} onClick={onDeploy}>
              {t("deploy")}
            </button>
          )}
          {actions && (
            <button type="button" className="button" aria-label={t("scanNamed", { name })} onClick={actions.onScan}>
              {t("scan")}
            </button>
          )}
          {actions && (
            <button
              type="button"
              className="button"
              aria-label={t("checkNamed", { name })}
              aria-disabled={checking}
              onClick={check}
            >
              {t("check")}
            </button>
          )}
          {actions?.onRemove && (
            <button
              type="button"
              className="button quiet"
              aria-label={t("removeNamed", { name })}
              onClick={actions.onRemove}
            >
              {t("remove")}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function Row({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
