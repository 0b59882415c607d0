import { useTranslation } from "react-i18next";
import { i18n } from "../i18n";
import { Field, type FieldProps } from "./field";

/** A code of an authenticator app, or a recovery code; spaces in what is pasted do not matter. */
export function CodeField({ name = "code", ...rest }: Partial<FieldProps>) {
  const { t } = useTranslation("security");
  return (
    <Field
      label={t("code")}
      name={name}
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      hint={t("codeHint")}
      {...rest}
    />
  );
}

export const checkCode = (code: string): { readonly code?: string } =>
  code.trim() ? {} : { code: i18n.t("security:codeMissing") };
