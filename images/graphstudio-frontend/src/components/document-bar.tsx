import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person } from "../api/document";
import { describeFailure } from "../api/problem";
import type { Account } from "../api/types";
import type { LiveDocument } from "../use-document";
import { plainName } from "../unseen";
import { DocumentFile } from "./document-file";
import { Name } from "./name";

export interface DocumentBarProps {
  readonly account: Account;
  readonly live: LiveDocument;
  readonly people: readonly Person[];
  /** How many cells wait to run. */
  readonly stale: number;
  /** Whether a cell runs. */
  readonly running: boolean;
  readonly mayRun: boolean;
  /** Of the workspace. */
  readonly name: string;
  readonly view: View;
  readonly onView: (view: View) => void;
}

const views = ["notebook", "graph"] as const;
export type View = (typeof views)[number];

/** Who else is here, and what is done with the document as a whole. */
export function DocumentBar({ account, live, people, stale, running, mayRun, name, view, onView }: DocumentBarProps) {
  const { t } = useTranslation("workspace");
  const [failure, setFailure] = useState<string>();
  const [pending, setPending] = useState(false);
  const others = people.filter(({ userId }) => userId !== account.id);

  const runStale = async () => {
    if (pending) return;
    setPending(true);
    setFailure(undefined);
    try {
      for (let again = true; again;) {
        const { ran, left } = await live.api.runStale();
        again = left.length > 0 && ran.length > 0 && !ran.at(-1)?.error;
      }
    } catch (error) {
      setFailure(describeFailure(error));
    }
    await live.refresh().catch(() => undefined);
    setPending(false);
  };
  const stop = () => void live.api.interrupt().catch((error: unknown) => setFailure(describeFailure(error)));
  return (
    <div className="document-bar">
      <div className="views" role="group" aria-label={t("views")}>
        {views.map((each) => (
          <button
            key={each}
            type="button"
            className="button quiet small"
            aria-pressed={view === each}
            onClick={() => onView(each)}
          >
            {t(each)}
          </button>
        ))}
      </div>
      <DocumentFile live={live} name={name} mayWrite={mayRun} />
      {failure && (
        <p className="cell-failure" role="alert">
          {failure}
        </p>
      )}
      {others.length > 0 && (
        <ul className="people" aria-label={t("alsoHere")}>
          {others.map(({ userId, email }) => (
            <li key={userId} title={plainName(email)}>
              <Name text={email} />
            </li>
          ))}
        </ul>
      )}
      {mayRun && stale > 0 && (
        <button
          type="button"
          className="button small"
          onClick={() => void runStale()}
          aria-disabled={pending || running}
        >
          {t("runStale", { count: stale })}
        </button>
      )}
      {mayRun && (running || pending) && (
        <button type="button" className="button small" onClick={stop}>
          {t("stopRun")}
        </button>
      )}
    </div>
  );
}
