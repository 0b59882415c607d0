import { useTranslation } from "react-i18next";
import type { PlanLimit } from "../../api/tenant-types";
import { formatBytes } from "../../format";

const MIB = 1024 * 1024;

/** Writes an amount of what plans limit, with its unit. */
export function useAmounts(): Readonly<Record<PlanLimit, (amount: number) => string>> {
  const { t, i18n } = useTranslation("plan");
  const numbers = new Intl.NumberFormat(i18n.language);
  const number = (amount: number) => numbers.format(amount);
  return {
    workspaces: number,
    activeWorkspaces: number,
    members: number,
    apiKeys: number,
    aiTokensPerDay: number,
    executionSecondsPerDay: (amount) => t("seconds", { amount }),
    storageMb: (amount) => formatBytes(amount * MIB),
    streamMbPerDay: (amount) => formatBytes(amount * MIB),
  };
}
