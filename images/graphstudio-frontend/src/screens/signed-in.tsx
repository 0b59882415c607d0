import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import { Notice } from "../components/notice";
import { takePage } from "../return-page";
import { Link, navigate } from "../router";
import { useSession } from "../session";
import { useTitle } from "../use-title";
import { AuthLayout } from "./auth-layout";

/** Where an identity provider leads back to, with its answer in the query. */
export function SignedIn() {
  const { t } = useTranslation(["oidc", "security"]);
  const { api, enter, state } = useSession();
  const [error, setError] = useState<unknown>();
  const answered = useRef(false);
  useTitle(t("title"));
  useEffect(() => {
    if (answered.current) return;
    answered.current = true;
    const answer = window.location.search;
    // An answer counts once, so a reload must not send it again.
    window.history.replaceState(null, "", window.location.pathname);
    const page = takePage();
    api
      .finishOidc(answer)
      .then(enter)
      .then(() => navigate(page, { replace: true }), setError);
  }, [api, enter]);
  return (
    <AuthLayout>
      <h1 tabIndex={-1}>{error === undefined ? t("title") : t("failed")}</h1>
      {error === undefined ? (
        <Notice kind="info">{t("checking")}</Notice>
      ) : (
        <>
          <Notice>{describeFailure(error)}</Notice>
          <p className="auth-switch">
            {state.phase === "member" ? (
              <Link href="/account">{t("security:backToAccount")}</Link>
            ) : (
              <Link href="/login">{t("backToLogIn")}</Link>
            )}
          </p>
        </>
      )}
    </AuthLayout>
  );
}
