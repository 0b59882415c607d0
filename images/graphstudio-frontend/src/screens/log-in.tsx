import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useSignUpState } from "../use-sign-up-state";
import { AuthLayout } from "./auth-layout";

export function LogIn({ expired }: { readonly expired: boolean }) {
  const { api, enter } = useSession();
  const signUp = useSignUpState();
  const form = useForm(
    ["email", "password"],
    ({ email, password }) => ({
      ...(email.trim() ? {} : { email: "Enter your email address" }),
      ...(password ? {} : { password: "Enter your password" }),
    }),
    async ({ email, password }) => {
      await api.logIn({ email: email.trim(), password });
      await enter();
    },
  );
  return (
    <AuthLayout>
      <h1>Log in</h1>
      {expired && !form.failure && <Notice kind="info">Your session has ended. Log in again to go on.</Notice>}
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <Field label="Email" name="email" type="email" autoComplete="username" autoFocus error={form.fields.email} />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          error={form.fields.password}
        />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? "Logging in…" : "Log in"}
        </button>
      </form>
      <p className="auth-switch">
        <Link href="/forgot-password">Forgot your password?</Link>
      </p>
      {signUp === "open" && (
        <p className="auth-switch">
          New here? <Link href="/signup">Create an account</Link>
        </p>
      )}
    </AuthLayout>
  );
}
