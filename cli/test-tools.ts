import * as fs from "node:fs";
import * as path from "node:path";
import { type DebTree, ensureDebs, findProgram } from "../local/toolchain/debian";
import { type Reporter, reportStep } from "../local/progress";

/** Variables by which tests find the servers they start. */
export type TestEnvironment = Record<string, string>;

function postgresFolder(tree: DebTree): string {
  for (const base of [path.join(tree.root, "usr/lib/postgresql"), "/usr/lib/postgresql"]) {
    const newest = fs.existsSync(base) ? fs.readdirSync(base).sort((a, b) => Number(b) - Number(a))[0] : undefined;
    if (newest) return path.join(base, newest, "bin");
  }
  return path.dirname(findProgram(tree, "initdb"));
}

/** Gets real Postgres, Redis and nginx for the service tests, without installing anything on the machine. */
export async function serviceTestEnvironment(reporter: Reporter): Promise<TestEnvironment> {
  return reportStep(reporter, "test-servers", "Servers for the service tests", async () => {
    const packages = ["postgresql-15", "redis-server", "nginx-light"];
    const tree = await ensureDebs("test-servers", packages);
    return {
      NEXUS_TEST_POSTGRES_BIN: postgresFolder(tree),
      NEXUS_TEST_REDIS_BIN: findProgram(tree, "redis-server"),
      NEXUS_TEST_NGINX_BIN: findProgram(tree, "nginx"),
      NEXUS_TEST_LD_LIBRARY_PATH: tree.libraryPath,
    };
  });
}

/** Finds a Chromium on the machine or gets Debian's. */
export async function browserTestEnvironment(reporter: Reporter): Promise<TestEnvironment> {
  return reportStep(reporter, "test-browser", "Browser for the end-to-end tests", async () => {
    const tree = await ensureDebs("chromium", ["chromium", "fonts-dejavu-core"]);
    const unpacked = path.join(tree.root, "usr/lib/chromium/chromium");
    const program = fs.existsSync(unpacked) ? unpacked : findProgram(tree, "chromium");
    return { NEXUS_TEST_CHROMIUM_BIN: program, NEXUS_TEST_CHROMIUM_LD_LIBRARY_PATH: tree.libraryPath };
  });
}
