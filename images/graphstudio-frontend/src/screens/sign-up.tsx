import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { ProviderButton } from "../components/provider-button";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useSignInWays } from "../use-sign-in-ways";
import { useSignUpState } from "../use-sign-up-state";
import { AuthLayout } from "./auth-layout";
import { checkPassword, NewPasswordField } from "./new-password-field";
import { SignUpMailed } from "./sign-up-mailed";

export function SignUp() {
  const { t } = useTranslation("auth");
  const state = useSignUpState();
  const { passwords } = useSignInWays();
  if (!passwords) return <NoSignUp title={t("signUp")} />;
  if (state === "open") return <SignUpForm />;
  if (state === "invite") return <NoSignUp title={t("signUpByInvitation")} text={t("signUpByInvitationText")} />;
  return <NoSignUp title={t("signUpClosed")} text={t("signUpClosedText")} />;
}

function NoSignUp({ title, text }: { readonly title: string; readonly text?: string }) {
  return (
    <AuthLayout>
      <h1>{title}</h1>
      {text && <Notice kind="info">{text}</Notice>}
      <OtherWays />
    </AuthLayout>
  );
}

/** What there is besides a password. */
function OtherWays() {
  const { t } = useTranslation("auth");
  const { oidc } = useSignInWays();
  return (
    <>
      {oidc && <ProviderButton name={oidc.name} />}
      <p className="auth-switch">
        <Trans t={t} i18nKey="haveAccount" components={{ a: <Link href="/login" /> }} />
      </p>
    </>
  );
}

function SignUpForm() {
  const { t } = useTranslation("auth");
  const { api, enter } = useSession();
  const [mailedTo, setMailedTo] = useState<string>();
  const form = useForm(
    ["email", "password", "tenantName"],
    ({ email, password }) => ({
      ...(email.includes("@") ? {} : { email: t("emailWrong") }),
      ...checkPassword("password", password),
    }),
    async ({ email, password, tenantName }) => {
      const team = tenantName.trim();
      if (await api.signUp({ email: email.trim(), password, ...(team ? { tenantName: team } : {}) })) await enter();
      else setMailedTo(email.trim());
    },
  );
  if (mailedTo !== undefined) return <SignUpMailed email={mailedTo} />;
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
      <OtherWays />
    </AuthLayout>
  );
}
