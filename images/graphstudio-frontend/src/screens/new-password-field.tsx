import { Field } from "../components/field";

/** The backend checks it too; checking it here saves a request. */
const MIN_PASSWORD = 12;

export function checkPassword(password: string): { readonly password?: string } {
  return password.length >= MIN_PASSWORD ? {} : { password: `Choose at least ${MIN_PASSWORD} characters` };
}

export function NewPasswordField({ error, autoFocus }: { readonly error?: string; readonly autoFocus?: boolean }) {
  return (
    <Field
      label="Password"
      name="password"
      type="password"
      autoComplete="new-password"
      autoFocus={autoFocus}
      hint={`At least ${MIN_PASSWORD} characters, and not one of the common passwords`}
      error={error}
    />
  );
}
