import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, describeFailure } from "../../api/problem";
import type { Account } from "../../api/types";
import { Name } from "../../components/name";
import { RetryNotice } from "../../components/notice";
import { Skeleton } from "../../components/skeleton";
import { TopBar } from "../../components/top-bar";
import { WhoMay } from "../../components/who-may";
import { focusHeading } from "../../focus-heading";
import { Link } from "../../router";
import { useSession } from "../../session";
import { useLoaded } from "../../use-loaded";
import { useTitle } from "../../use-title";
import { ApiKeys } from "./api-keys";
import { Audit } from "./audit";
import { KubernetesClustersPage } from "./kubernetes-clusters-page";
import { Members } from "./members";
import { type TenantPage, tenantPageNames, tenantPages } from "./pages";
import { PlanPage } from "./plan";
import { TenantSettings } from "./tenant-settings";

/** How often the person's role is looked at again: somebody may change it. */
const REFRESH_MS = 30_000;

/** In separate chunks, because few people need them. */
const DeploymentsPage = lazy(async () => ({
  default: (await import("./deployments/deployments-page")).DeploymentsPage,
}));
const SharedVariables = lazy(async () => ({ default: (await import("./shared-variables")).SharedVariables }));

const screens = {
  members: Members,
  clusters: KubernetesClustersPage,
  deployments: DeploymentsPage,
  shared: SharedVariables,
  keys: ApiKeys,
  plan: PlanPage,
  audit: Audit,
  settings: TenantSettings,
} as const;

/** The pages of the tenant that one works in, with one navigation that names what the person's role may see. */
export function TenantArea({ account, page }: { readonly account: Account; readonly page: TenantPage }) {
  const { t } = useTranslation("tenant");
  const { api: all } = useSession();
  const { tenantId } = account;
  const api = useMemo(() => all.tenant(tenantId), [all, tenantId]);
  const {
    value: tenant,
    failure,
    reload,
  } = useLoaded(
    useCallback((signal?: AbortSignal) => api.find(signal), [api]),
    REFRESH_MS,
    account,
  );
  useTitle(t(`pages.${page}`));
  // The link that was followed stays in the navigation; the new page is read from its heading on.
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current !== page) focusHeading();
    shown.current = page;
  }, [page]);

  const gone = failure instanceof ApiError && failure.status === 404;
  const maySee = (name: TenantPage) => tenant?.permissions.includes(tenantPages[name].needs) ?? false;
  const Screen = screens[page];
  return (
    <>
      <TopBar account={account} />
      <main className="page sections">
        <div className="page-head">
          <div>
            <h1>{t(`pages.${page}`)}</h1>
            <p className="page-sub">
              <Name text={tenant?.name ?? account.tenantName} />
            </p>
          </div>
        </div>
        {tenant && (
          <nav className="tenant-nav" aria-label={t("navigation")}>
            <ul>
              {tenantPageNames.filter(maySee).map((name) => (
                <li key={name}>
                  <Link href={tenantPages[name].path} aria-current={name === page ? "page" : undefined}>
                    {t(`pages.${name}`)}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
        )}
        {gone && <Explained title={t("noTenant")} text={t("noTenantText")} />}
        {failure !== undefined && !gone && (
          <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />
        )}
        {!tenant && failure === undefined && <Skeleton label={t("loading")} />}
        {tenant && !gone && maySee(page) && (
          <Suspense fallback={<Skeleton label={t("loading")} />}>
            <Screen account={account} tenant={tenant} api={api} reload={reload} />
          </Suspense>
        )}
        {tenant && !gone && !maySee(page) && (
          <Explained title={t("forbidden")} text={<WhoMay account={account} permission={tenantPages[page].needs} />} />
        )}
      </main>
    </>
  );
}

function Explained({ title, text }: { readonly title: string; readonly text: ReactNode }) {
  return (
    <div className="empty" data-testid="explained">
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}
