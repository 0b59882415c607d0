import { useState } from "react";
import { Notice } from "../components/notice";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { AuthLayout } from "./auth-layout";
import { checkPassword, NewPasswordField } from "./new-password-field";

/** Where the link of a mail leads; its token is in the fragment, which no server sees. */
export function NewPassword() {
  const { api } = useSession();
  const [token] = useState(() => window.location.hash.slice(1));
  const [done, setDone] = useState(false);
  const form = useForm(
    ["password"],
    ({ password }) => checkPassword(password),
    async ({ password }) => {
      await api.resetPassword(token, password);
      setDone(true);
    },
  );
  return (
    <AuthLayout>
      <h1>New password</h1>
      {done && <Notice kind="info">Your password is changed, and all sessions have ended.</Notice>}
      {form.failure && <Notice>{form.failure}</Notice>}
      {!done && (
        <form onSubmit={form.onSubmit} noValidate>
          <NewPasswordField error={form.fields.password} autoFocus />
          <button type="submit" className="button primary wide" aria-disabled={form.pending}>
            {form.pending ? "Changing…" : "Change password"}
          </button>
        </form>
      )}
      <p className="auth-switch">
        <Link href="/login">Log in</Link>
      </p>
    </AuthLayout>
  );
}
