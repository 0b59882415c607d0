import { useTranslation } from "react-i18next";

export interface MoreProps {
  /** How many are shown. */
  readonly count: number;
  /** Shows more; undefined where all are shown. */
  readonly onMore: (() => void) | undefined;
  readonly pending?: boolean;
}

/** The end of a long list: how many are shown, and a button for the next ones. */
export function More({ count, onMore, pending = false }: MoreProps) {
  const { t } = useTranslation("tenant");
  return (
    <div className="more">
      <p className="entry-text" role="status">
        {t(onMore ? "shownSoFar" : "shownAll", { count })}
      </p>
      {onMore && (
        <button type="button" className="button" onClick={() => pending || onMore()} aria-disabled={pending}>
          {pending ? t("loading") : t("more")}
        </button>
      )}
    </div>
  );
}
