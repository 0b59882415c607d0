import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account, Tenant } from "../api/types";
import { navigate } from "../router";
import { useSession } from "../session";
import { plainName } from "../unseen";

/** Which tenant one works in, and the others; nothing for who is in one alone. */
export function TenantSwitch({ account }: { readonly account: Account }) {
  const { t } = useTranslation(["common", "security"]);
  const { api, enter } = useSession();
  const [tenants, setTenants] = useState<readonly Tenant[]>([]);
  const read = useCallback(
    // Where they cannot be read there is nothing to choose; the page says what is wrong.
    (signal?: AbortSignal) => api.tenants(signal).then(setTenants, () => undefined),
    [api],
  );
  useEffect(() => {
    const gone = new AbortController();
    void read(gone.signal);
    return () => gone.abort();
  }, [read, account]);
  if (tenants.length < 2) return null;
  const goTo = async (tenantId: string) => {
    if (tenants.find(({ id }) => id === tenantId)?.lacksSecondFactor) return navigate("/account");
    await api.goTo(tenantId);
    await enter();
    navigate("/workspaces");
  };
  return (
    <select
      className="tenant-switch"
      aria-label={t("tenant")}
      value={account.tenantId}
      onChange={(event) => void goTo(event.target.value).catch(() => read())}
    >
      {tenants.map(({ id, name, lacksSecondFactor }) => (
        <option key={id} value={id}>
          {lacksSecondFactor ? t("security:needed", { tenant: plainName(name) }) : plainName(name)}
        </option>
      ))}
    </select>
  );
}
