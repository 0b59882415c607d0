import { Field } from "../components/field";
import { Notice } from "../components/notice";
import { useSession } from "../session";
import { useForm } from "../use-form";
import { AuthLayout } from "./auth-layout";

/** The log-in of a platform without its own accounts. */
export function BringToken({ expired }: { readonly expired: boolean }) {
  const { bring } = useSession();
  const form = useForm(
    ["token"],
    ({ token }) => (token.trim() ? {} : { token: "Paste an access token" }),
    async ({ token }) => await bring(token.trim()),
  );
  return (
    <AuthLayout>
      <h1>Log in with a token</h1>
      {expired && <Notice kind="info">This token is not accepted, or it has ended. Get another one.</Notice>}
      {form.failure && !expired && <Notice>{form.failure}</Notice>}
      <p>
        This platform has no accounts of its own. Get an access token from the service that you log in to elsewhere;
        whoever runs this platform knows which.
      </p>
      <form onSubmit={form.onSubmit} noValidate>
        <Field
          label="Access token"
          name="token"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          hint="It stays in this tab and is forgotten when the page is loaded again"
          error={form.fields.token}
        />
        <button type="submit" className="button primary wide" aria-disabled={form.pending}>
          {form.pending ? "Opening…" : "Open the studio"}
        </button>
      </form>
    </AuthLayout>
  );
}
