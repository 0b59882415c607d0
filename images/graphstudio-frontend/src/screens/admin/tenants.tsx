import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { TenantUse } from "../../api/administration";
import type { Account } from "../../api/types";
import { Name } from "../../components/name";
import { Link } from "../../router";
import { useSession } from "../../session";
import { useAmounts } from "../../use-amounts";
import { AdminLayout } from "./admin-layout";
import { SearchList } from "./search-list";

const MIB = 1024 * 1024;

/** All tenants of the platform. */
export function AdminTenants({ account }: { readonly account: Account }) {
  const { t } = useTranslation(["admin", "common"]);
  const { api } = useSession();
  const find = useCallback(
    (search: string, after: string, signal?: AbortSignal) => api.administration.tenants(search, after, signal),
    [api],
  );
  const amounts = useAmounts();
  const inWords = ({ workspaces, activeWorkspaces, storageBytes, executionSeconds, streamBytes }: TenantUse) =>
    [
      t("workspaces", { count: workspaces }),
      t("active", { count: activeWorkspaces }),
      t("stored", { amount: amounts.storageMb(storageBytes / MIB) }),
      t("ranToday", { amount: amounts.executionSecondsPerDay(executionSeconds) }),
      t("sentToday", { amount: amounts.streamMbPerDay(streamBytes / MIB) }),
    ].join(t("common:comma"));
  return (
    <AdminLayout account={account} page="tenants">
      <SearchList label={t("findTenants")} find={find}>
        {({ id, name, members, plan, suspension, usage }) => (
          <li key={id} data-testid="platform-tenant">
            <div>
              <Link href={`/admin/tenants/${id}`}>
                <Name text={name} />
              </Link>
              <p className="entry-text">
                {[t("members", { count: members }), plan ?? t("defaultPlan"), suspension && t("suspended")]
                  .filter(Boolean)
                  .join(t("common:comma"))}
              </p>
              {usage && <p className="entry-text">{inWords(usage)}</p>}
            </div>
          </li>
        )}
      </SearchList>
    </AdminLayout>
  );
}
