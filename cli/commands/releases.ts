import { forStack } from "@nexus/host";
import type { Release } from "../../components/releases/release";
import { openSession } from "../open-session";
import { releasesOf } from "../stack-releases";
import type { StackOptions } from "../stack-settings";
import { age, table } from "../table";

const SHORT_COMMIT = 7;

/** Names whose values differ. */
function changed(before: Readonly<Record<string, unknown>> = {}, now: Readonly<Record<string, unknown>>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.filter((name) => before[name] !== now[name]).sort();
}

function changesOf(release: Release, before: Release | undefined): string {
  if (!before) return "the first one recorded";
  const parts = [
    ["images", changed(before.images, release.images)],
    ["configuration", changed(before.configuration, release.configuration)],
    ["secrets", changed(before.secrets, release.secrets)],
    ["schema", changed(before.schema, release.schema)],
  ] as const;
  return parts.flatMap(([what, names]) => (names.length > 0 ? [`${what}: ${names.join(", ")}`] : [])).join("; ");
}

/** The newest first: what it is, and what it changed. */
export function releaseRows(releases: readonly Release[]): string[][] {
  const rows = releases.map((release, index) => {
    const { number, at, by, commit, rollbackTo } = release;
    const back = rollbackTo === null ? "" : `rollback to ${rollbackTo}; `;
    const changes = changesOf(release, releases[index - 1]);
    return [String(number), age(at), at, by, commit?.slice(0, SHORT_COMMIT) ?? "", `${back}${changes}`];
  });
  return [["RELEASE", "AGE", "TIME", "BY", "COMMIT", "CHANGED"], ...rows.toReversed()];
}

/** `npm run releases`: what the stack was after each update, newest first. */
export async function releases({ json, ...options }: StackOptions & { readonly json: boolean }): Promise<void> {
  const all = await releasesOf(await openSession(options, false));
  const text =
    all.length === 0 ? forStack("No release is recorded yet. Fix: npm run up", options.stack) : table(releaseRows(all));
  process.stdout.write(`${json ? JSON.stringify(all, null, 2) : text}\n`);
}
