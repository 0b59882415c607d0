import { useTranslation } from "react-i18next";
import { Field, type FieldProps } from "../components/field";
import { i18n } from "../i18n";

/** The backend checks it too; checking it here saves a request. */
const MIN_PASSWORD = 12;

/** What is wrong with a new password, by the name of its field. */
export const checkPassword = <Name extends string>(name: Name, password: string) =>
  password.length < MIN_PASSWORD ? { [name]: i18n.t("auth:passwordTooShort", { count: MIN_PASSWORD }) } : {};

export function NewPasswordField({ label, name = "password", ...rest }: Partial<FieldProps>) {
  const { t } = useTranslation("auth");
  return (
    <Field
      label={label ?? t("password")}
      name={name}
      type="password"
      autoComplete="new-password"
      hint={t("passwordHint", { count: MIN_PASSWORD })}
      {...rest}
    />
  );
}
