import { useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../../api/problem";
import { Notice } from "../../components/notice";
import type { TenantPageProps } from "./pages";

/** What owners ask of all members. */
export function TenantSecurity({ tenant, api, reload }: Pick<TenantPageProps, "tenant" | "api" | "reload">) {
  const { t } = useTranslation("security");
  const [failure, setFailure] = useState<string>();
  const set = (required: boolean) => {
    setFailure(undefined);
    api
      .requireSecondFactor(required)
      .then(() => reload())
      .catch((error: unknown) => setFailure(describeFailure(error)));
  };
  return (
    <section aria-labelledby="security">
      <h2 id="security">{t("membersSignIn")}</h2>
      {failure && <Notice>{failure}</Notice>}
      <label className="check">
        <input type="checkbox" checked={tenant.requiresSecondFactor} onChange={(event) => set(event.target.checked)} />
        {t("require")}
      </label>
      <p className="hint">{t("requireText")}</p>
    </section>
  );
}
