import { programSettings, type Setting } from "@nexus/contract";
import type { Release } from "../components/releases/release";
import { age } from "./table";

/** Secrets that `nexus:secrets.rotation` changes, with the keys of the configuration that replace them for good. */
const ROTATED: Readonly<Record<string, string>> = {
  JWT_SECRET_KEY: "nexus:jwtSecretKey",
  DATABASE_PASSWORD: "nexus:databaseUrl",
  REDIS_PASSWORD: "nexus:redisUrl",
};
/** Beside the secrets in use: another name of one, and the generations around them. */
const BESIDE = /^JWT_SECRET$|_(PREVIOUS|NEXT|RETIRED)$/;

const all: Readonly<Record<string, Setting>> = Object.assign({}, ...Object.values(programSettings));

/** One row per secret of the services: how old its value is according to the releases, and which key changes it. */
export function secretRows(releases: readonly Release[]): string[][] {
  const newest = releases.at(-1);
  const names = Object.keys(newest?.secrets ?? {}).filter((name) => name in all && !BESIDE.test(name));
  const rows = names.sort().map((name) => [name, ageOf(releases, name), keyOf(name, newest?.secretKeys ?? [])]);
  return [["SECRET", "AGE", "CHANGED BY"], ...rows];
}

/** A record of releases begins some day; what is in its first one may be older. */
function ageOf(releases: readonly Release[], name: string): string {
  const value = releases.at(-1)?.secrets[name];
  const before = releases.findLastIndex(({ secrets }) => secrets[name] !== value);
  const since = releases[before + 1];
  if (!since) return "";
  return before < 0 && since.number > 1 ? `over ${age(since.at)}` : age(since.at);
}

function keyOf(name: string, set: readonly string[]): string {
  const own = ROTATED[name];
  if (own !== undefined) return set.includes(own) ? own : "nexus:secrets.rotation";
  const setting = all[name];
  const [, key = ""] = /`(nexus:\w+)`/.exec(setting && "secret" in setting ? setting.secret : "") ?? [];
  return key;
}
