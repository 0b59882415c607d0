import { useTranslation } from "react-i18next";
import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { AuthLayout } from "./auth-layout";

/** The log-in of a platform without its own accounts. */
export function BringToken({ expired }: { readonly expired: boolean }) {
  const { t } = useTranslation("auth");
  const { bring } = useSession();
  const form = useForm(
    ["token"],
    ({ token }) => (token.trim() ? {} : { token: t("accessTokenMissing") }),
    async ({ token }) => await bring(token.trim()),
  );
  return (
    <AuthLayout>
      <h1>{t("token")}</h1>
      {expired && <Notice kind="info">{t("accessTokenEnded")}</Notice>}
      {form.failure && !expired && <Notice>{form.failure}</Notice>}
      <p>{t("tokenText")}</p>
      <form onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("accessToken")}
          name="token"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          hint={t("accessTokenHint")}
          error={form.fields.token}
        />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? t("opening") : t("openStudio")}
        </button>
      </form>
    </AuthLayout>
  );
}
