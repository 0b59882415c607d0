import { useCallback, useEffect, useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../../api/problem";
import { readPages } from "../../api/read-pages";
import type { ApiKey } from "../../api/tenant-types";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { More } from "../../components/more";
import { Name } from "../../components/name";
import { RetryNotice } from "../../components/notice";
import { Skeleton } from "../../components/skeleton";
import { formatAge } from "../../format";
import { useLoaded } from "../../use-loaded";
import { MakeKey } from "./make-key";
import type { TenantPageProps } from "./pages";

/** How often the last uses are loaded again while the page is visible. */
const REFRESH_MS = 30_000;

/** The keys with which programs work in the tenant. */
export function ApiKeys({ tenant, api }: TenantPageProps) {
  const { t } = useTranslation("keys");
  const [pages, setPages] = useState(1);
  const {
    value: keys,
    failure,
    reload,
  } = useLoaded(
    useCallback((signal?: AbortSignal) => readPages(pages, (after) => api.keys(after, signal)), [api, pages]),
    REFRESH_MS,
  );
  const [revoking, setRevoking] = useState<ApiKey>();
  const [revoked, setRevoked] = useState<ApiKey>();
  const list = useRef<HTMLHeadingElement>(null);
  // The focused button was removed with its row.
  useEffect(() => {
    if (revoked !== undefined) list.current?.focus();
  }, [revoked]);
  const revoke = async (key: ApiKey) => {
    await api.revokeKey(key.id);
    await reload();
    setRevoking(undefined);
    setRevoked(key);
  };
  return (
    <>
      <MakeKey tenant={tenant} api={api} revoked={revoked?.id} onMade={() => reload()} />
      <section aria-labelledby="keys">
        <h2 id="keys" ref={list} tabIndex={-1}>
          {t("keys")}
        </h2>
        {failure !== undefined && <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />}
        {!keys && failure === undefined && <Skeleton label={t("keys")} />}
        {keys?.items.length === 0 && <p className="entry-text">{t("none")}</p>}
        {keys && keys.items.length > 0 && (
          <>
            <ul className="entries">
              {keys.items.map((key) => (
                <KeyEntry key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
              ))}
            </ul>
            <More count={keys.items.length} onMore={keys.next ? () => setPages(pages + 1) : undefined} />
          </>
        )}
        <p className="visually-hidden" role="status">
          {revoked !== undefined && t("revoked", { name: revoked.name })}
        </p>
      </section>
      {revoking && (
        <ConfirmDialog
          title={<Trans t={t} i18nKey="revokeTitle" components={{ key: <Name text={revoking.name} /> }} />}
          action={t("revokeKey")}
          danger
          onConfirm={() => revoke(revoking)}
          onClose={() => setRevoking(undefined)}
        >
          <p>{t("revokeText")}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function KeyEntry({ apiKey, onRevoke }: { readonly apiKey: ApiKey; readonly onRevoke: () => void }) {
  const { t } = useTranslation(["keys", "common"]);
  const { name, scopes, madeBy, createdAt, expiresAt, lastUsedAt } = apiKey;
  const now = Date.now();
  const isOver = Date.parse(expiresAt) <= now;
  return (
    <li data-testid="key">
      <div>
        <strong>
          <Name text={name} />
        </strong>
        <p className="entry-text">{scopes.join(t("common:comma"))}</p>
        <p className="entry-text">
          <Trans
            t={t}
            i18nKey="made"
            values={{ createdAt: new Date(createdAt) }}
            components={{ maker: <Name text={madeBy} /> }}
          />
        </p>
        <p className="entry-text">
          {isOver ? (
            <strong className="ended">{t("ended", { expiresAt: new Date(expiresAt) })}</strong>
          ) : (
            t("ends", { expiresAt: new Date(expiresAt) })
          )}
          {t("common:comma")}
          {lastUsedAt === null ? t("neverUsed") : t("used", { age: formatAge(lastUsedAt, now) })}
        </p>
      </div>
      <button type="button" className="button quiet" aria-label={t("revokeNamed", { name })} onClick={onRevoke}>
        {t("revoke")}
      </button>
    </li>
  );
}
