import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "../components/notice";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { AuthLayout } from "./auth-layout";
import { checkPassword, NewPasswordField } from "./new-password-field";

/** Where the link of a mail leads; its token is in the fragment, which no server sees. */
export function NewPassword() {
  const { t } = useTranslation("auth");
  const { api } = useSession();
  const [token] = useState(() => window.location.hash.slice(1));
  const [done, setDone] = useState(false);
  const form = useForm(
    ["password"],
    ({ password }) => checkPassword("password", password),
    async ({ password }) => {
      await api.resetPassword(token, password);
      setDone(true);
    },
  );
  return (
    <AuthLayout>
      <h1>{t("newPassword")}</h1>
      {done && <Notice kind="info">{t("passwordChanged")}</Notice>}
      {form.failure && <Notice>{form.failure}</Notice>}
      {!done && (
        <form onSubmit={form.onSubmit} noValidate>
          <NewPasswordField error={form.fields.password} autoFocus />
          <button type="submit" className="button primary wide" aria-disabled={form.pending}>
            {form.pending ? t("changing") : t("changePassword")}
          </button>
        </form>
      )}
      <p className="auth-switch">
        <Link href="/login">{t("logIn")}</Link>
      </p>
    </AuthLayout>
  );
}
