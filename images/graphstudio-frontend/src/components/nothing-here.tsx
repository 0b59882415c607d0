import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "../api/types";
import { Link } from "../router";
import { useTitle } from "../use-title";
import { TopBar } from "./top-bar";

export interface NothingHereProps {
  readonly account: Account;
  readonly title: string;
  readonly text: ReactNode;
}

/** The screen for an unknown address. */
export function NothingHere({ account, title, text }: NothingHereProps) {
  const { t } = useTranslation();
  useTitle(title);
  return (
    <>
      <TopBar account={account} />
      <main className="page">
        <div className="empty">
          <h1>{title}</h1>
          <p>{text}</p>
          <Link className="button primary" href="/workspaces">
            {t("allWorkspaces")}
          </Link>
        </div>
      </main>
    </>
  );
}
