import type { PlanLimit } from "@nexus/contract";
import { useTranslation } from "react-i18next";
import { formatBytes } from "./format";

const MIB = 1024 * 1024;

/** What plans limit, in the order in which it is shown, each with what writes an amount of it with its unit. */
export function useAmounts(): Readonly<Record<PlanLimit, (amount: number) => string>> {
  const { t, i18n } = useTranslation("plan");
  const numbers = new Intl.NumberFormat(i18n.language);
  const number = (amount: number) => numbers.format(amount);
  return {
    workspaces: number,
    activeWorkspaces: number,
    executionSecondsPerDay: (amount) => t("seconds", { amount }),
    storageMb: (amount) => formatBytes(amount * MIB),
    streamMbPerDay: (amount) => formatBytes(amount * MIB),
    members: number,
    apiKeys: number,
    clusters: number,
    aiTokensPerDay: number,
  };
}
