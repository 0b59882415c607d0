import { useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import { rememberPage } from "../return-page";
import { useSession } from "../session";
import { Notice } from "./notice";

/** Leads to the identity provider, and from there back to this page. */
export function ProviderButton({ name }: { readonly name: string }) {
  const { t } = useTranslation("oidc");
  const { api } = useSession();
  const [leaving, setLeaving] = useState(false);
  const [error, setError] = useState<unknown>();
  const leave = async () => {
    if (leaving) return;
    setLeaving(true);
    setError(undefined);
    try {
      const url = await api.beginOidc();
      rememberPage();
      window.location.assign(url);
    } catch (failure) {
      setError(failure);
      setLeaving(false);
    }
  };
  return (
    <>
      {error !== undefined && <Notice>{describeFailure(error)}</Notice>}
      <button type="button" className="button wide" aria-disabled={leaving} onClick={() => void leave()}>
        {leaving ? t("leaving", { name }) : t("continueWith", { name })}
      </button>
    </>
  );
}
