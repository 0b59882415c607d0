import { useEffect } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Name } from "../components/name";
import { Notice } from "../components/notice";
import { focusHeading } from "../focus-heading";
import { Link } from "../router";
import { AuthLayout } from "./auth-layout";

/** What follows a sign-up where mails are sent; it does not tell whether the address had an account before. */
export function SignUpMailed({ email }: { readonly email: string }) {
  const { t } = useTranslation("auth");
  // The button that was pressed is gone.
  useEffect(focusHeading, []);
  return (
    <AuthLayout>
      <h1>{t("signUpMailed")}</h1>
      <Notice kind="info">
        <Trans t={t} i18nKey="signUpMailedText" components={{ address: <Name text={email} /> }} />
      </Notice>
      <p className="auth-switch">
        <Link href="/login">{t("backToLogIn")}</Link>
      </p>
    </AuthLayout>
  );
}
