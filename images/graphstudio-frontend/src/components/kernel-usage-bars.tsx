import { useTranslation } from "react-i18next";
import type { KernelUsage } from "../api/tenant-types";
import { useAmounts } from "../use-amounts";
import { UsageBar } from "./usage-bar";

const MIB = 1024 * 1024;

/** How much of each limit of the kernel a tenant uses. */
export function KernelUsageBars({ usage }: { readonly usage: KernelUsage }) {
  const { t } = useTranslation("plan");
  const amounts = useAmounts();
  const today = new Date().toISOString().slice(0, 10);
  const day = usage.history.find((each) => each.day === today);
  const used = {
    workspaces: usage.workspaces,
    activeWorkspaces: usage.activeWorkspaces,
    executionSecondsPerDay: (day?.executionSeconds ?? 0) + (day?.reservedSeconds ?? 0),
    storageMb: usage.storageBytes / MIB,
    streamMbPerDay: ((day?.streamBytes ?? 0) + (day?.reservedStreamBytes ?? 0)) / MIB,
  };
  return (Object.keys(used) as (keyof typeof used)[]).map((limit) => (
    <UsageBar
      key={limit}
      label={t(`limit.${limit}`)}
      used={used[limit]}
      limit={usage.limits[limit]}
      format={amounts[limit]}
      note={limit.endsWith("PerDay") ? t("untilMidnight") : undefined}
    />
  ));
}
