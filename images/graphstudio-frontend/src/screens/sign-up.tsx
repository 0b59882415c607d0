import { Trans, useTranslation } from "react-i18next";
import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useSignUpState } from "../use-sign-up-state";
import { AuthLayout } from "./auth-layout";
import { checkPassword, NewPasswordField } from "./new-password-field";

export function SignUp() {
  const { t } = useTranslation("auth");
  const state = useSignUpState();
  if (state === "open") return <SignUpForm />;
  if (state === "invite") return <NoSignUp title={t("signUpByInvitation")} text={t("signUpByInvitationText")} />;
  return <NoSignUp title={t("signUpClosed")} text={t("signUpClosedText")} />;
}

function NoSignUp({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <AuthLayout>
      <h1>{title}</h1>
      <Notice kind="info">{text}</Notice>
      <HaveAccount />
    </AuthLayout>
  );
}

function HaveAccount() {
  const { t } = useTranslation("auth");
  return (
    <p className="auth-switch">
      <Trans t={t} i18nKey="haveAccount" components={{ a: <Link href="/login" /> }} />
    </p>
  );
}

function SignUpForm() {
  const { t } = useTranslation("auth");
  const { api, enter } = useSession();
  const form = useForm(
    ["email", "password", "tenantName"],
    ({ email, password }) => ({
      ...(email.includes("@") ? {} : { email: t("emailWrong") }),
      ...checkPassword("password", password),
    }),
    async ({ email, password, tenantName }) => {
      const team = tenantName.trim();
      await api.signUp({ email: email.trim(), password, ...(team ? { tenantName: team } : {}) });
      await enter();
    },
  );
  return (
    <AuthLayout>
      <h1>{t("signUp")}</h1>
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
        <NewPasswordField error={form.fields.password} />
        <Field
          label={t("tenantName")}
          name="tenantName"
          autoComplete="organization"
          hint={t("tenantNameHint")}
          error={form.fields.tenantName}
        />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? t("creatingAccount") : t("createAccount")}
        </button>
      </form>
      <HaveAccount />
    </AuthLayout>
  );
}
