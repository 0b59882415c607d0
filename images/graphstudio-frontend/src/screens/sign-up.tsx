import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useSignUpOpen } from "../use-sign-up-open";
import { AuthLayout } from "./auth-layout";

/** The backend checks it too; checking it here saves a request. */
const MIN_PASSWORD = 12;

export function SignUp() {
  return useSignUpOpen() ? <SignUpForm /> : <SignUpClosed />;
}

function SignUpClosed() {
  return (
    <AuthLayout>
      <h1>Sign-up is closed</h1>
      <Notice kind="info">Nobody can create an account here. Ask whoever runs this platform for one.</Notice>
      <p className="auth-switch">
        Have an account? <Link href="/login">Log in</Link>
      </p>
    </AuthLayout>
  );
}

function SignUpForm() {
  const { api, enter } = useSession();
  const form = useForm(
    ["email", "password", "tenantName"],
    ({ email, password }) => ({
      ...(email.includes("@") ? {} : { email: "Enter an email address, such as ada@example.com" }),
      ...(password.length >= MIN_PASSWORD ? {} : { password: `Choose at least ${MIN_PASSWORD} characters` }),
    }),
    async ({ email, password, tenantName }) => {
      const team = tenantName.trim();
      await api.signUp({ email: email.trim(), password, ...(team ? { tenantName: team } : {}) });
      await enter();
    },
  );
  return (
    <AuthLayout>
      <h1>Create your account</h1>
      {form.failure && <Notice>{form.failure}</Notice>}
      <form onSubmit={form.onSubmit} noValidate>
        <Field label="Email" name="email" type="email" autoComplete="username" autoFocus error={form.fields.email} />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint={`At least ${MIN_PASSWORD} characters, and not one of the common passwords`}
          error={form.fields.password}
        />
        <Field
          label="Team name (optional)"
          name="tenantName"
          autoComplete="organization"
          hint="Shown above your workspaces"
          error={form.fields.tenantName}
        />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? "Creating account…" : "Create account"}
        </button>
      </form>
      <p className="auth-switch">
        Have an account? <Link href="/login">Log in</Link>
      </p>
    </AuthLayout>
  );
}
