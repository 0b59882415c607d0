import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, describeFailure } from "../../api/problem";
import type { Account } from "../../api/types";
import { NothingHere } from "../../components/nothing-here";
import { RetryNotice } from "../../components/notice";
import { Skeleton } from "../../components/skeleton";
import { TopBar } from "../../components/top-bar";
import { navigate } from "../../router";
import { useSession } from "../../session";

export interface TenantAddressProps {
  readonly account: Account;
  readonly tenantId: string;
  /** The path of the page without the tenant. */
  readonly path: string;
}

/** An address that names its tenant, such as one in a mail: goes over to that tenant and shows its page. */
export function TenantAddress({ account, tenantId, path }: TenantAddressProps) {
  const { t } = useTranslation("tenant");
  const { api, enter } = useSession();
  const [failure, setFailure] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const isHere = tenantId === account.tenantId;
  useEffect(() => {
    if (isHere) return navigate(path, { replace: true });
    api
      .goTo(tenantId)
      .then(enter)
      .then(() => navigate(path, { replace: true }))
      .catch(setFailure);
  }, [api, enter, isHere, tenantId, path, attempt]);
  const again = () => {
    setFailure(undefined);
    setAttempt(attempt + 1);
  };
  // A malformed id is answered as an unknown tenant.
  if (failure instanceof ApiError && (failure.status === 404 || failure.status === 400))
    return <NothingHere account={account} title={t("noTenant")} text={t("noTenantText")} />;
  return (
    <>
      <TopBar account={account} />
      <main className="page">
        {failure === undefined ? (
          <Skeleton label={t("loading")} />
        ) : (
          <RetryNotice reason={describeFailure(failure)} onRetry={again} />
        )}
      </main>
    </>
  );
}
