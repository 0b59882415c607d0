import { useTranslation } from "react-i18next";
import type { AiDay, UsageDay } from "../api/tenant-types";
import { useAmounts } from "../use-amounts";
import { DayChart, lastDays } from "./day-chart";

export const SPANS = [30, 90, 365] as const;
const MIB = 1024 * 1024;

export interface UsageHistoryProps {
  /** What the kernel counted. */
  readonly history: readonly UsageDay[];
  /** Undefined where there is no AI service. */
  readonly aiDays: readonly AiDay[] | undefined;
  /** How many days are shown. */
  readonly days: number;
  readonly onDays: (days: number) => void;
}

/** What a tenant used on each of the last days. */
export function UsageHistory({ days, onDays, ...used }: UsageHistoryProps) {
  const { t } = useTranslation("plan");
  return (
    <section aria-labelledby="history">
      <h2 id="history">{t("history")}</h2>
      <select
        className="role"
        aria-label={t("span")}
        value={days}
        onChange={({ target }) => onDays(Number(target.value))}
      >
        {SPANS.map((count) => (
          <option key={count} value={count}>
            {t("lastDays", { count })}
          </option>
        ))}
      </select>
      <Charts days={days} {...used} />
    </section>
  );
}

function Charts({ history, aiDays, days }: Omit<UsageHistoryProps, "onDays">) {
  const { t } = useTranslation("plan");
  const amounts = useAmounts();
  const now = Date.now();
  const daysOf = (valueOf: (day: UsageDay) => number) =>
    lastDays(
      history.map((each) => ({ day: each.day, value: valueOf(each) })),
      days,
      now,
    );
  const times = daysOf(({ executionSeconds }) => executionSeconds);
  const tokens = lastDays(aiDays?.map(({ day, tokens: value }) => ({ day, value })) ?? [], days, now);
  if ([...times, ...tokens].every(({ value }) => value === 0)) return <p className="entry-text">{t("nothingRan")}</p>;
  return (
    <div className="day-charts">
      <DayChart title={t("runningTime")} days={times} format={amounts.executionSecondsPerDay} />
      <DayChart title={t("executions")} days={daysOf(({ executions }) => executions)} format={amounts.workspaces} />
      <DayChart
        title={t("sent")}
        days={daysOf(({ streamBytes }) => streamBytes / MIB)}
        format={amounts.streamMbPerDay}
      />
      {aiDays && <DayChart title={t("aiTokens")} days={tokens} format={amounts.aiTokensPerDay} />}
    </div>
  );
}
