import { secretRows } from "../../../cli/secret-ages";
import type { Release } from "../../../components/releases/release";

const DAY = 86_400_000;
const release = (
  number: number,
  days: number,
  secrets: Record<string, string>,
  secretKeys: string[] = [],
): Release => ({
  number,
  at: new Date(Date.now() - days * DAY).toISOString(),
  ...{ by: "ada", commit: null, rollbackTo: null, configuration: {}, images: {}, schema: {} },
  secretKeys,
  secrets,
});

test("A32: `status` says how old each secret is, and which key changes it", () => {
  const old = {
    JWT_SECRET_KEY: "a",
    JWT_SECRET_KEY_NEXT: "b",
    JWT_SECRET: "a",
    DATABASE_PASSWORD: "d",
    BACKUP_KEY: "k",
  };
  const change = {
    JWT_SECRET_KEY: "b",
    JWT_SECRET_KEY_PREVIOUS: "a",
    JWT_SECRET_KEY_NEXT: "c",
    DATABASE_PASSWORD: "e",
  };
  const rotated = { ...old, ...change };
  const keys = ["nexus:openaiApiKey", "nexus:databasePassword"];
  const more = { OPENAI_API_KEY: "o", "nexus:openaiApiKey": "n" };
  const releases = [release(7, 90, old), release(8, 30, rotated), release(9, 3, { ...rotated, ...more }, keys)];
  expect(secretRows(releases)).toEqual([
    ["SECRET", "AGE", "CHANGED BY"],
    ["BACKUP_KEY", "over 90d", "nexus:backupKey"],
    ["DATABASE_PASSWORD", "30d", "nexus:secrets.rotation"],
    ["JWT_SECRET_KEY", "30d", "nexus:secrets.rotation"],
    ["OPENAI_API_KEY", "3d", "nexus:openaiApiKey"],
  ]);
});

test("A32: a secret of your own is changed by its own key, and one that came back is not older than that", () => {
  const own = ["nexus:jwtSecretKey", "nexus:redisUrl"];
  const of = (key: string) => ({ JWT_SECRET_KEY: key, REDIS_PASSWORD: "r" });
  const releases = [release(1, 90, of("a")), release(2, 60, of("b")), release(3, 5, of("a"), own)];
  expect(secretRows(releases).slice(1)).toEqual([
    ["JWT_SECRET_KEY", "5d", "nexus:jwtSecretKey"],
    ["REDIS_PASSWORD", "90d", "nexus:redisUrl"],
  ]);
  expect(secretRows([])).toHaveLength(1);
});
