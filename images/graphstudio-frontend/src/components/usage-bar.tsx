import { useTranslation } from "react-i18next";

export interface UsageBarProps {
  readonly label: string;
  readonly used: number;
  /** Null for no limit. */
  readonly limit: number | null;
  readonly format: (amount: number) => string;
  /** More about it. */
  readonly note?: string | undefined;
}

const NEARLY = 0.8;

/** How much of a limit is used, as a bar and in figures. */
export function UsageBar({ label, used, limit, format, note }: UsageBarProps) {
  const { t } = useTranslation("plan");
  const part = limit === null ? 0 : limit === 0 ? 1 : used / limit;
  const state = part > 1 ? "over" : part === 1 ? "full" : part >= NEARLY ? "nearly" : undefined;
  return (
    <li className="usage" data-testid="usage">
      <span className="usage-label">{label}</span>
      <span className="usage-figures">
        {limit === null
          ? t("usedOfNoLimit", { used: format(used) })
          : t("usedOf", { used: format(used), limit: format(limit) })}
        {state && <strong className={`usage-${state}`}> {t(`fill.${state}`)}</strong>}
      </span>
      <svg className={`bar bar-${state ?? "room"}`} viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect className="bar-room" width="100" height="1" />
        <rect className="bar-used" width={Math.min(part, 1) * 100} height="1" />
      </svg>
      {note && <span className="entry-text">{note}</span>}
    </li>
  );
}
