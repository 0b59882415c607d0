import type { ReactNode } from "react";
import { Trans, useTranslation } from "react-i18next";
import { LanguageSelect } from "../components/language-select";
import { Logo } from "../components/logo";
import { ThemeToggle } from "../components/theme-toggle";

/** The form on one side, and on a wide window a description of the studio on the other. */
export function AuthLayout({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation("auth");
  return (
    <div className="auth">
      <main className="auth-main">
        <div className="auth-head">
          <Logo />
          <div className="auth-settings">
            <LanguageSelect />
            <ThemeToggle />
          </div>
        </div>
        <div className="auth-form">{children}</div>
      </main>
      <aside className="auth-side" aria-hidden="true">
        <p className="auth-claim">
          <Trans t={t} i18nKey="claim" />
        </p>
        <div className="demo">
          <pre>
            <i>let</i> n = <b>41</b>; n += <b>1</b>
          </pre>
          <p>
            42 <span>{t("demoType")}</span>
          </p>
        </div>
        <div className="demo demo-later">
          <pre>
            n += <b>1</b>
          </pre>
          <p>
            43 <span>{t("demoTypeLater")}</span>
          </p>
        </div>
        <p className="auth-foot">{t("foot")}</p>
      </aside>
    </div>
  );
}
