import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../../api/problem";
import type { AiUsage, KernelUsage, Plan, Subscription } from "../../api/tenant-types";
import { DayChart, lastDays } from "../../components/day-chart";
import { Notice, RetryNotice } from "../../components/notice";
import { Skeleton } from "../../components/skeleton";
import { UsageBar } from "../../components/usage-bar";
import { useSession } from "../../session";
import { useLoaded } from "../../use-loaded";
import { PlanChoice } from "./plan-choice";
import { useAmounts } from "./use-amounts";
import type { TenantPageProps } from "./pages";

/** How often the usage is loaded again while the page is visible. */
const REFRESH_MS = 15_000;
const MIB = 1024 * 1024;
const SPANS = [30, 90, 365] as const;

interface PlanState {
  readonly subscription: Subscription;
  readonly usage: KernelUsage;
  readonly ai: AiUsage | undefined;
}

/** The plan of the tenant, what it uses of it, and how it was used. */
export function PlanPage({ tenant, api }: TenantPageProps) {
  const { t } = useTranslation("plan");
  const { api: all, enter } = useSession();
  const [days, setDays] = useState<number>(SPANS[0]);
  const [changed, setChanged] = useState<string>();
  const { value, failure, reload } = useLoaded(
    useCallback(
      async (signal?: AbortSignal): Promise<PlanState> => {
        const [subscription, usage, ai] = await Promise.all([
          api.subscription(days, signal),
          api.usage(days, signal),
          api.aiUsage(signal),
        ]);
        return { subscription, usage, ai };
      },
      [api, days],
    ),
    REFRESH_MS,
  );
  const choose = async ({ name }: Plan) => {
    await api.choosePlan(name);
    // The access token carries the plan.
    await all.goTo();
    await enter();
    await reload();
    setChanged(name);
  };
  return (
    <>
      {failure !== undefined && <RetryNotice reason={describeFailure(failure)} onRetry={() => void reload()} />}
      {!value && failure === undefined && <Skeleton label={t("title")} />}
      {value && (
        <>
          {changed && <Notice kind="info">{t("changed", { plan: changed })}</Notice>}
          <State subscription={value.subscription} />
          <Usage {...value} />
          <section aria-labelledby="history">
            <h2 id="history">{t("history")}</h2>
            <select
              className="role"
              aria-label={t("span")}
              value={days}
              onChange={({ target }) => setDays(Number(target.value))}
            >
              {SPANS.map((count) => (
                <option key={count} value={count}>
                  {t("lastDays", { count })}
                </option>
              ))}
            </select>
            <History {...value} days={days} />
          </section>
          <PlanChoice {...value} mayChange={tenant.permissions.includes("plan.change")} onChoose={choose} />
        </>
      )}
    </>
  );
}

function State({ subscription }: { readonly subscription: Subscription }) {
  const { t } = useTranslation("plan");
  const { plan, state, inForce } = subscription;
  const [start, end] = [subscription.periodStart, subscription.periodEnd].map((time) => time && new Date(time));
  // A trial, and what was cancelled, count until the end of their period.
  const isOver = plan !== inForce.name;
  return (
    <section aria-labelledby="plan">
      <h2 id="plan" data-testid="plan">
        {inForce.name}{" "}
        <span className={`plan-state plan-${isOver ? "over" : state}`}>{t(`state.${isOver ? "over" : state}`)}</span>
      </h2>
      <p>{isOver ? t("stateText.over", { plan, inForce: inForce.name }) : t(`stateText.${state}`)}</p>
      {end && <p className="entry-text">{start ? t("period", { start, end }) : t("periodEnd", { end })}</p>}
    </section>
  );
}

function Usage({ subscription, usage, ai }: PlanState) {
  const { t } = useTranslation("plan");
  const amounts = useAmounts();
  const { members, apiKeys, clusters, limits } = subscription;
  const today = new Date().toISOString().slice(0, 10);
  const used = usage.history.find(({ day }) => day === today);
  const seconds = (used?.executionSeconds ?? 0) + (used?.reservedSeconds ?? 0);
  const streamBytes = (used?.streamBytes ?? 0) + (used?.reservedStreamBytes ?? 0);
  const untilMidnight = t("untilMidnight");
  return (
    <section aria-labelledby="usage">
      <h2 id="usage">{t("usage")}</h2>
      <ul className="usages">
        <UsageBar
          label={t("limit.workspaces")}
          used={usage.workspaces}
          limit={usage.limits.workspaces}
          format={amounts.workspaces}
        />
        <UsageBar
          label={t("limit.activeWorkspaces")}
          used={usage.activeWorkspaces}
          limit={usage.limits.activeWorkspaces}
          format={amounts.activeWorkspaces}
        />
        <UsageBar
          label={t("limit.executionSecondsPerDay")}
          used={seconds}
          limit={usage.limits.executionSecondsPerDay}
          format={amounts.executionSecondsPerDay}
          note={untilMidnight}
        />
        <UsageBar
          label={t("limit.storageMb")}
          used={usage.storageBytes / MIB}
          limit={usage.limits.storageMb}
          format={amounts.storageMb}
        />
        <UsageBar
          label={t("limit.streamMbPerDay")}
          used={streamBytes / MIB}
          limit={usage.limits.streamMbPerDay}
          format={amounts.streamMbPerDay}
          note={untilMidnight}
        />
        <UsageBar label={t("limit.members")} used={members} limit={limits.members} format={amounts.members} />
        <UsageBar label={t("limit.apiKeys")} used={apiKeys} limit={limits.apiKeys} format={amounts.apiKeys} />
        <UsageBar label={t("limit.clusters")} used={clusters} limit={limits.clusters} format={amounts.clusters} />
        {ai && (
          <UsageBar
            label={t("limit.aiTokensPerDay")}
            used={ai.usedTokens + ai.reservedTokens}
            limit={ai.limitTokens}
            format={amounts.aiTokensPerDay}
            note={untilMidnight}
          />
        )}
      </ul>
    </section>
  );
}

function History({ usage: { history }, subscription, ai, days }: PlanState & { readonly days: number }) {
  const { t } = useTranslation("plan");
  const amounts = useAmounts();
  const now = Date.now();
  const daysOf = (valueOf: (day: KernelUsage["history"][number]) => number) =>
    lastDays(
      history.map((each) => ({ day: each.day, value: valueOf(each) })),
      days,
      now,
    );
  const times = daysOf(({ executionSeconds }) => executionSeconds);
  const tokens = lastDays(
    subscription.aiDays.map(({ day, tokens: value }) => ({ day, value })),
    days,
    now,
  );
  if ([...times, ...tokens].every(({ value }) => value === 0)) return <p className="entry-text">{t("nothingRan")}</p>;
  return (
    <div className="day-charts">
      <DayChart title={t("runningTime")} days={times} format={amounts.executionSecondsPerDay} />
      <DayChart title={t("executions")} days={daysOf(({ executions }) => executions)} format={amounts.workspaces} />
      {ai && <DayChart title={t("aiTokens")} days={tokens} format={amounts.aiTokensPerDay} />}
    </div>
  );
}
