import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "../../api/types";
import { Link } from "../../router";
import { useSession } from "../../session";
import { AdminLayout } from "./admin-layout";
import { SearchList } from "./search-list";

/** All tenants of the platform. */
export function AdminTenants({ account }: { readonly account: Account }) {
  const { t } = useTranslation(["admin", "common"]);
  const { api } = useSession();
  const find = useCallback(
    (search: string, after: string, signal?: AbortSignal) => api.administration.tenants(search, after, signal),
    [api],
  );
  return (
    <AdminLayout account={account} page="tenants">
      <SearchList label={t("findTenants")} find={find}>
        {({ id, name, members, plan, suspension }) => (
          <li key={id} data-testid="platform-tenant">
            <div>
              <Link href={`/admin/tenants/${id}`}>
                <bdi>{name}</bdi>
              </Link>
              <p className="entry-text">
                {[t("members", { count: members }), plan ?? t("defaultPlan"), suspension && t("suspended")]
                  .filter(Boolean)
                  .join(t("common:comma"))}
              </p>
            </div>
          </li>
        )}
      </SearchList>
    </AdminLayout>
  );
}
