import { useEffect } from "react";
import type { Account } from "../api/types";
import { Link } from "../router";
import { TopBar } from "./top-bar";

export interface NothingHereProps {
  readonly account: Account;
  readonly title: string;
  readonly text: string;
}

/** The screen for an unknown address. */
export function NothingHere({ account, title, text }: NothingHereProps) {
  useEffect(() => {
    document.title = `${title} · Nexus Studio`;
  }, [title]);
  return (
    <>
      <TopBar account={account} />
      <main className="page">
        <div className="empty">
          <h1>{title}</h1>
          <p>{text}</p>
          <Link className="button primary" href="/workspaces">
            All workspaces
          </Link>
        </div>
      </main>
    </>
  );
}
