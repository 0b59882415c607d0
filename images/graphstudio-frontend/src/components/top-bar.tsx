import type { ReactNode } from "react";
import type { Account } from "../api/types";
import { Link, navigate } from "../router";
import { useSession } from "../session";
import { Logo } from "./logo";
import { TenantSwitch } from "./tenant-switch";
import { ThemeToggle } from "./theme-toggle";

export interface TopBarProps {
  readonly account: Account;
  /** The content between the logo and the account. */
  readonly children?: ReactNode;
}

export function TopBar({ account, children }: TopBarProps) {
  const { state, leave } = useSession();
  const hasAccounts = state.phase === "member" && state.entrance === "account";
  const email = (
    <span className="account" title={`${account.email}, ${account.role} of ${account.tenantName}`}>
      {account.email}
    </span>
  );
  const logOut = () => {
    void leave();
    navigate("/login");
  };
  return (
    <header className="top-bar">
      <Link href="/workspaces" className="home" aria-label="Nexus Studio, all workspaces">
        <Logo />
      </Link>
      <div className="top-bar-middle">{children}</div>
      {hasAccounts ? (
        <>
          <TenantSwitch account={account} />
          <Link href="/members" className="button quiet">
            Members
          </Link>
          <Link href="/account" className="button quiet">
            {email}
            <span className="account-short">Account</span>
          </Link>
        </>
      ) : (
        email
      )}
      <ThemeToggle />
      <button type="button" className="button quiet" onClick={logOut}>
        Log out
      </button>
    </header>
  );
}
