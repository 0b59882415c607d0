import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, type Reporter, reportStep, runProgram, withLock } from "@nexus/host";
import { checkGo } from "./build-prerequisites";
import { removeDrafts } from "./drafts";
import { BUILD_SETTINGS } from "./go-build";
import { recipeHash } from "./recipe";

const MODULE = path.join(__dirname, "go/actionlint");
const PACKAGE = "github.com/rhysd/actionlint/cmd/actionlint";

async function build(program: string, cache: string): Promise<void> {
  const { env, flags, linkerFlags } = BUILD_SETTINGS;
  await runProgram("go", ["build", ...flags, "-ldflags", linkerFlags.join(" "), "-o", program, PACKAGE], {
    cwd: MODULE,
    env: {
      ...process.env,
      ...env,
      // Files of Go modules are read-only by default and could not be removed.
      GOFLAGS: `${env.GOFLAGS} -modcacherw`,
      // Separate from the platform's builds, which take minutes and share one cache.
      GOMODCACHE: path.join(cache, "mod"),
      GOCACHE: path.join(cache, "build"),
    },
  });
}

/**
 * Gets the linter of GitHub workflows, built once for all clones of a user, because packages have only an old release.
 * @returns path of the program
 */
export async function ensureActionlint(reporter: Reporter): Promise<string> {
  const target = path.join(cacheDir(), "tools", `actionlint-${recipeHash(MODULE, BUILD_SETTINGS)}`);
  if (!fs.existsSync(target))
    await reportStep(reporter, "actionlint", "Building actionlint (once for this machine)", () =>
      withLock(
        `${target}.lock`,
        () => undefined,
        async () => {
          if (fs.existsSync(target)) return;
          await checkGo("actionlint, with which npm run check reads the workflows,");
          const draft = `${target}.${process.pid}`;
          removeDrafts(target);
          try {
            await build(path.join(draft, "actionlint"), path.join(draft, "cache"));
            fs.rmSync(path.join(draft, "cache"), { recursive: true });
            fs.renameSync(draft, target);
          } finally {
            fs.rmSync(draft, { recursive: true, force: true });
          }
        },
      ),
    );
  return path.join(target, "actionlint");
}

/** A command that checks workflows; its result must not depend on other programs of the machine. */
export function lintCommand(actionlint: string, files: readonly string[]): [string, ...string[]] {
  return [actionlint, "-shellcheck=", "-pyflakes=", ...files];
}
