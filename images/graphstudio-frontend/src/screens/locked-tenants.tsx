import { useEffect, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import type { Account, Tenant } from "../api/types";
import { Name } from "../components/name";
import { Notice } from "../components/notice";
import { focusHeading } from "../focus-heading";
import { useSession } from "../session";

/** Tenants that show their member nothing until they have a second factor; leaving is possible without one. */
export function LockedTenants({ account }: { readonly account: Account }) {
  const { t } = useTranslation("security");
  const { api, enter } = useSession();
  const [locked, setLocked] = useState<readonly Tenant[]>([]);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    // Where tenants cannot be read, there is nothing to say about them.
    const show = (all: readonly Tenant[]) => setLocked(all.filter(({ lacksSecondFactor }) => lacksSecondFactor));
    api.tenants().then(show, () => undefined);
  }, [api, account]);
  const leave = async (tenantId: string) => {
    try {
      await api.tenant(tenantId).removeMember(account.id);
      await enter();
      setFailure(undefined);
      focusHeading();
    } catch (error) {
      setFailure(describeFailure(error));
    }
  };
  return (
    <>
      {failure && <Notice>{failure}</Notice>}
      {locked.map(({ id, name }) => (
        <Notice key={id} kind="info">
          <Trans t={t} i18nKey="tenantRequires" components={{ tenant: <Name text={name} /> }} />{" "}
          <button type="button" className="link" onClick={() => void leave(id)}>
            <Trans t={t} i18nKey="leaveTenant" components={{ tenant: <Name text={name} /> }} />
          </button>
        </Notice>
      ))}
    </>
  );
}
