import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { AuthLayout } from "./auth-layout";

export function ForgotPassword() {
  const { t } = useTranslation("auth");
  const { api } = useSession();
  const [sent, setSent] = useState(false);
  const form = useForm(
    ["email"],
    ({ email }) => (email.trim() ? {} : { email: t("emailMissing") }),
    async ({ email }) => {
      await api.forgetPassword(email.trim());
      setSent(true);
    },
  );
  return (
    <AuthLayout>
      <h1>{t("newPassword")}</h1>
      {sent && <Notice kind="info">{t("linkSent")}</Notice>}
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("email")}
          name="email"
          type="email"
          autoComplete="username"
          autoFocus
          error={form.fields.email}
        />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? t("sending") : t("sendLink")}
        </button>
      </form>
      <p className="auth-switch">
        <Link href="/login">{t("backToLogIn")}</Link>
      </p>
    </AuthLayout>
  );
}
