import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "../api/types";
import { Link, navigate } from "../router";
import { useSession } from "../session";
import { PRODUCT } from "../i18n/untranslated";
import { plainName } from "../unseen";
import { Logo } from "./logo";
import { Name } from "./name";
import { TenantSwitch } from "./tenant-switch";
import { ThemeToggle } from "./theme-toggle";

export interface TopBarProps {
  readonly account: Account;
  /** The content between the logo and the account. */
  readonly children?: ReactNode;
}

export function TopBar({ account, children }: TopBarProps) {
  const { t } = useTranslation();
  const { state, leave } = useSession();
  const hasAccounts = state.phase === "member" && state.entrance === "account";
  const { email, role, tenantName } = account;
  const who = (
    <span
      className="account"
      title={t("whoAmI", { email: plainName(email), role: t(`roles.${role}`), tenant: plainName(tenantName) })}
    >
      <Name text={email} />
    </span>
  );
  const logOut = () => {
    void leave();
    navigate("/login");
  };
  return (
    <header className="top-bar">
      <Link href="/workspaces" className="home" aria-label={t("home", { product: PRODUCT })}>
        <Logo />
      </Link>
      <div className="top-bar-middle">{children}</div>
      {hasAccounts ? (
        <>
          <TenantSwitch account={account} />
          {account.platformAdmin && (
            <Link href="/admin" className="button quiet">
              {t("administration")}
            </Link>
          )}
          <Link href="/members" className="button quiet">
            {t("members")}
          </Link>
          <Link href="/account" className="button quiet">
            {who}
            <span className="account-short">{t("account")}</span>
          </Link>
        </>
      ) : (
        who
      )}
      <ThemeToggle />
      <button type="button" className="button quiet" onClick={logOut}>
        {t("logOut")}
      </button>
    </header>
  );
}
