import { useTranslation } from "react-i18next";
import { checkCode, CodeField } from "../components/code-field";
import { Notice } from "../components/notice";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { AuthLayout } from "./auth-layout";

export interface SecondStepProps {
  readonly challenge: string;
  readonly onDone: () => Promise<void>;
  readonly onBack: () => void;
}

/** A log-in goes on with a code. */
export function SecondStep({ challenge, onDone, onBack }: SecondStepProps) {
  const { t } = useTranslation(["security", "auth"]);
  const { api } = useSession();
  const form = useForm(
    ["code"],
    ({ code }) => checkCode(code),
    async ({ code }) => {
      await api.answer(challenge, code);
      await onDone();
    },
  );
  return (
    <AuthLayout>
      <h1>{t("twoFactor")}</h1>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <CodeField autoFocus error={form.fields.code} />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? t("auth:loggingIn") : t("auth:logIn")}
        </button>
      </form>
      <p className="auth-switch">
        <button type="button" className="link" onClick={onBack}>
          {t("logInAsOther")}
        </button>
      </p>
    </AuthLayout>
  );
}
