import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backendSettings } from "@nexus/contract";
import { EnvError, envSchema, jwtKeys, loadEnv } from "../src";

const schema = envSchema(backendSettings);
const password = { DATABASE_PASSWORD: "pw" };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadEnv(schema, env);
  } catch (error) {
    if (error instanceof EnvError) return error.problems;
  }
  return [];
}

test("D3 C23: defaults apply to what is not set or empty", () => {
  const env = loadEnv(schema, { ...password, LOG_LEVEL: "" });
  expect(env).toMatchObject({ HTTP_PORT: 3000, LOG_LEVEL: "info", LOG_PRETTY: false, DATABASE_NAME: "nexus" });
});

test("D10: the environment overrides the ConfigMap's file, and the file overrides the default", () => {
  const directory = mkdtempSync(join(tmpdir(), "nexus-config-"));
  writeFileSync(join(directory, "HTTP_PORT"), "4000\n");
  writeFileSync(join(directory, "LOG_LEVEL"), "warn\n");
  const env = loadEnv(schema, { ...password, CONFIG_DIR: directory, LOG_LEVEL: "error" });
  expect(env).toMatchObject({ HTTP_PORT: 4000, LOG_LEVEL: "error", DATABASE_PORT: 5432 });
});

test("D13: every problem is listed, and no secret is shown", () => {
  const problems = problemsOf({ HTTP_PORT: "70000", LOG_LEVEL: "verbose", JWT_SECRET: "hunter2" });
  expect(problems).toEqual([
    'LOG_LEVEL: "verbose" is wrong; give debug, info, warn or error',
    "JWT_SECRET: give at least 32 characters: the key signs every session",
    "DATABASE_PASSWORD: missing; give the password of the database user",
    'HTTP_PORT: "70000" is wrong; give a port from 1024 to 65535',
  ]);
});

test("A30 X5: either name of the signing key is accepted, JWT_SECRET_KEY first, then the previous and the next key", () => {
  expect(jwtKeys({ JWT_SECRET: "b" })).toEqual(["b"]);
  expect(jwtKeys({ JWT_SECRET_KEY: "a", JWT_SECRET: "b", JWT_SECRET_KEY_PREVIOUS: "c" })).toEqual(["a", "c"]);
  expect(jwtKeys({ JWT_SECRET_KEY: "a", JWT_SECRET_KEY_PREVIOUS: "c", JWT_SECRET_KEY_NEXT: "d" })).toEqual([
    "a",
    "c",
    "d",
  ]);
});
