import { Field, type FieldProps } from "../components/field";

/** The backend checks it too; checking it here saves a request. */
const MIN_PASSWORD = 12;
export const TOO_SHORT = `Choose at least ${MIN_PASSWORD} characters`;
export const isTooShort = (password: string): boolean => password.length < MIN_PASSWORD;

export function checkPassword(password: string): { readonly password?: string } {
  return isTooShort(password) ? { password: TOO_SHORT } : {};
}

export function NewPasswordField({ label = "Password", name = "password", ...rest }: Partial<FieldProps>) {
  return (
    <Field
      label={label}
      name={name}
      type="password"
      autoComplete="new-password"
      hint={`At least ${MIN_PASSWORD} characters, and not one of the common passwords`}
      {...rest}
    />
  );
}
