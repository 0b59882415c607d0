import { useState } from "react";
import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { AuthLayout } from "./auth-layout";

export function ForgotPassword() {
  const { api } = useSession();
  const [sent, setSent] = useState(false);
  const form = useForm(
    ["email"],
    ({ email }) => (email.trim() ? {} : { email: "Enter your email address" }),
    async ({ email }) => {
      await api.forgetPassword(email.trim());
      setSent(true);
    },
  );
  return (
    <AuthLayout>
      <h1>New password</h1>
      {sent && <Notice kind="info">If this address has an account, a link for a new password is on its way.</Notice>}
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <Field label="Email" name="email" type="email" autoComplete="username" autoFocus error={form.fields.email} />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? "Sending…" : "Send a link"}
        </button>
      </form>
      <p className="auth-switch">
        <Link href="/login">Back to the log-in</Link>
      </p>
    </AuthLayout>
  );
}
