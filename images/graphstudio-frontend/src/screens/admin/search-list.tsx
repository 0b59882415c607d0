import { type ReactNode, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../../api/problem";
import type { Page } from "../../api/types";
import { Notice } from "../../components/notice";
import { useRefresh } from "../../use-refresh";

export interface SearchListProps<T> {
  readonly label: string;
  readonly find: (search: string, after: string, signal?: AbortSignal) => Promise<Page<T>>;
  readonly children: (item: T, reload: () => void) => ReactNode;
}

/** How often the first page is loaded again while the page is visible. */
const REFRESH_MS = 60_000;

/** A list that is searched by the server, page by page. */
export function SearchList<T extends { readonly id: string }>({ label, find, children }: SearchListProps<T>) {
  const { t } = useTranslation("admin");
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<Page<T>>();
  const [error, setError] = useState<unknown>();
  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        setFound(await find(search.trim(), "", signal));
        setError(undefined);
      } catch (failed) {
        if (!signal?.aborted) setError(failed);
      }
    },
    [find, search],
  );
  useRefresh(load, REFRESH_MS);
  const more = async (after: string) => {
    const { items, next } = await find(search.trim(), after);
    setFound((before) => ({ items: [...(before?.items ?? []), ...items], next }));
  };
  return (
    <>
      <div className="list-tools">
        <input
          type="search"
          aria-label={label}
          placeholder={label}
          value={search}
          maxLength={254}
          onChange={({ target }) => setSearch(target.value)}
        />
      </div>
      {error !== undefined && <Notice>{describeFailure(error)}</Notice>}
      {found?.items.length === 0 && <p role="status">{t("none")}</p>}
      <ul className="entries">{found?.items.map((item) => children(item, () => void load()))}</ul>
      {found?.next && (
        <button
          type="button"
          className="button"
          onClick={() => void more(found.next ?? "").catch((failed: unknown) => setError(failed))}
        >
          {t("more")}
        </button>
      )}
    </>
  );
}
