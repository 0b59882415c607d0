import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { Link } from "../router";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { useSignUpState } from "../use-sign-up-state";
import { AuthLayout } from "./auth-layout";
import { checkPassword, NewPasswordField } from "./new-password-field";

export function SignUp() {
  const state = useSignUpState();
  if (state === "open") return <SignUpForm />;
  if (state === "invite")
    return (
      <NoSignUp
        title="Sign-up needs an invitation"
        text="Ask a member for a link. It leads to the page that creates your account."
      />
    );
  return (
    <NoSignUp
      title="Sign-up is closed"
      text="Nobody can create an account here. Ask whoever runs this platform for one."
    />
  );
}

function NoSignUp({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <AuthLayout>
      <h1>{title}</h1>
      <Notice kind="info">{text}</Notice>
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
      ...checkPassword(password),
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
        <NewPasswordField error={form.fields.password} />
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
