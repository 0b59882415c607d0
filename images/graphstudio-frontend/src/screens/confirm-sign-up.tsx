import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { Link, navigate } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { AuthLayout } from "./auth-layout";

/** Where the link of a sign-up leads; its token is in the fragment, which no server sees. */
export function ConfirmSignUp() {
  const { t } = useTranslation("auth");
  const { api, enter } = useSession();
  const [token] = useState(() => window.location.hash.slice(1));
  const form = useForm(
    ["password"],
    ({ password }) => (password === "" ? { password: t("passwordMissing") } : {}),
    async ({ password }) => {
      await api.confirmSignUp(token, password);
      await enter();
      navigate("/workspaces");
    },
  );
  return (
    <AuthLayout>
      <h1>{t("signUp")}</h1>
      <p>{t("confirmSignUpText")}</p>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("password")}
          name="password"
          type="password"
          autoComplete="current-password"
          autoFocus
          error={form.fields.password}
        />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? t("creatingAccount") : t("createAccount")}
        </button>
      </form>
      <p className="auth-switch">
        <Link href="/login">{t("logIn")}</Link>
      </p>
    </AuthLayout>
  );
}
