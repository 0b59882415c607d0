import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, repositoryRoot } from "@nexus/host";
import { recipeHash } from "../recipe";

/** Program name and the module whose `main` it runs. */
const SHIMS = [
  { program: "pulumi-language-nodejs", module: "language-host" },
  { program: "pulumi-resource-random", module: "random-plugin" },
];

/** Folder with the programs that stand in for official plugins. */
export function shimFolder(): string {
  const lock = fs.readFileSync(path.join(repositoryRoot, "package-lock.json"), "utf8");
  return path.join(cacheDir(), "tools", `shims-${recipeHash(__dirname, lock)}`);
}

/** Bundles each stand-in into one executable file, so that it does not depend on the clone it was built from. */
export async function ensureShims(): Promise<void> {
  const target = shimFolder();
  if (fs.existsSync(target)) return;
  // Every command that needs tools loads this module, but few of them build, so the bundler is loaded late.
  const { build } = await import("esbuild");
  const draft = `${target}.${process.pid}`;
  for (const { program, module } of SHIMS) {
    const file = path.join(draft, program);
    await build({
      stdin: { contents: `require("./${module}").main();`, resolveDir: __dirname },
      outfile: file,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      banner: { js: "#!/usr/bin/env node" },
      logLevel: "error",
    });
    fs.chmodSync(file, 0o755);
  }
  if (fs.existsSync(target)) fs.rmSync(draft, { recursive: true });
  else fs.renameSync(draft, target);
}
