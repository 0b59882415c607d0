import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/problem";
import { Notice } from "../components/notice";
import { takePage } from "../return-page";
import { Link, navigate } from "../router";
import { useSession } from "../session";
import { useTitle } from "../use-title";
import { AuthLayout } from "./auth-layout";
import { SecondStep } from "./second-step";

/** Where an identity provider leads back to, with its answer in the query. */
export function SignedIn() {
  const { t } = useTranslation(["oidc", "security"]);
  const { api, enter, state } = useSession();
  const [error, setError] = useState<unknown>();
  const [challenge, setChallenge] = useState<string>();
  const page = useRef("");
  const answered = useRef(false);
  useTitle(t("title"));
  const goOn = useCallback(async () => {
    await enter();
    navigate(page.current, { replace: true });
  }, [enter]);
  useEffect(() => {
    if (answered.current) return;
    answered.current = true;
    const answer = window.location.search;
    // An answer counts once, so a reload must not send it again.
    window.history.replaceState(null, "", window.location.pathname);
    page.current = takePage();
    api
      .finishOidc(answer)
      .then((needed) => (needed === undefined ? goOn() : setChallenge(needed)))
      .catch(setError);
  }, [api, goOn]);
  const leave = () => navigate("/login", { replace: true });
  if (challenge !== undefined) return <SecondStep challenge={challenge} onDone={goOn} onBack={leave} />;
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
