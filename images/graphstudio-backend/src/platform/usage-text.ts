import type { KernelUsageStore } from "../store/kernel-usage-store";
import type { PlatformStore } from "../store/platform-store";

const PAGE = 200;
const DAYS = 31;
const MIB = 1024 * 1024;

export interface UsageStores {
  readonly platform: Pick<PlatformStore, "tenants">;
  readonly usage: Pick<KernelUsageStore, "of" | "history">;
}

/** What tenants use of the kernel, for a terminal; of a single one with its days. @param search as in the administration */
export async function usageText({ platform, usage }: UsageStores, search: string): Promise<string> {
  const rows: string[][] = [];
  let last = "";
  for (let after: string | undefined = ""; after !== undefined;) {
    const found = await platform.tenants({ search, after, limit: PAGE });
    const uses = await usage.of(found.map(({ id }) => id));
    if (!uses) return "No kernel of this release uses the database; bring the platform up to date.";
    for (const { id, name, plan } of found) {
      const use = uses.get(id);
      if (!use) continue;
      const numbers = [use.workspaces, use.activeWorkspaces, use.executionSeconds];
      const sizes = [use.storageBytes / MIB, use.streamBytes / MIB];
      rows.push([id, plan ?? "default", ...numbers.map(String), ...sizes.map(inShort), visible(name)]);
      last = id;
    }
    after = found.length < PAGE ? undefined : found.at(-1)?.id;
  }
  if (rows.length === 0) return `No tenant has the id, or "${visible(search)}" in its name.`;
  const heading = ["TENANT", "PLAN", "WORKSPACES", "ACTIVE", "SECONDS TODAY", "STORED MiB", "SENT MiB TODAY", "NAME"];
  const text = columns([heading, ...rows]);
  if (rows.length > 1) return text;
  const days = (await usage.history(last, DAYS)).map(({ day, executionSeconds, executions, streamBytes }) => [
    day,
    String(executionSeconds),
    String(executions),
    inShort(streamBytes / MIB),
  ]);
  if (days.length === 0) return `${text}\n\nNothing ran in the last ${DAYS} days.`;
  return `${text}\n\n${columns([["DAY (UTC)", "SECONDS", "EXECUTIONS", "SENT MiB"], ...days])}`;
}

const inShort = (amount: number) => amount.toFixed(1);

/** Characters that a terminal obeys or does not draw, as escapes. */
const visible = (name: string) =>
  name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);

/** As wide as the widest text; the last column has any width. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) => row.map((text, at) => text.padEnd(widths[at] ?? 0)).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}
