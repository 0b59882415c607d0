import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, runProgram } from "@nexus/host";
import { ensureDebs, findProgram } from "./debian";
import { ensureFolder } from "./drafts";

/** How to run a Python that finds certain packages. */
export interface PythonTree {
  readonly program: string;
  /** Variables to set beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the pinned packages need; pip is needed as a module of Python. */
const OLDEST_MINOR = 11;

async function minorVersion(program: string, env: Readonly<Record<string, string>>): Promise<number | undefined> {
  const code = "import sys, pip; print(sys.version_info.minor if sys.version_info.major == 3 else 0)";
  return await runProgram(program, ["-c", code], { env: { ...process.env, ...env } }).then(Number, () => undefined);
}

/** The machine's Python, or one from Debian packages in the tool cache. */
async function findPython(): Promise<PythonTree & { readonly minor: number }> {
  const minor = await minorVersion("python3", {});
  if (minor !== undefined && minor >= OLDEST_MINOR) return { program: "python3", env: {}, minor };
  const tree = await ensureDebs("python", ["python3", "python3-pip"]);
  const prefix = path.join(tree.root, "usr");
  const program = findProgram(tree, "python3");
  const env = {
    LD_LIBRARY_PATH: tree.libraryPath,
    PYTHONPATH: path.join(prefix, "lib/python3/dist-packages"),
    // If only pip came from Debian, the machine's Python finds its own library.
    ...(program.startsWith(tree.root) ? { PYTHONHOME: prefix } : {}),
  };
  const unpacked = await minorVersion(program, env);
  if (unpacked === undefined || unpacked < OLDEST_MINOR)
    throw new Error(
      `There is no Python 3.${OLDEST_MINOR} with pip on PATH, and ${program} cannot be used instead. Fix: install python3 and pip.`,
    );
  return { program, env, minor: unpacked };
}

/**
 * Installs PyPI packages into the tool cache, once for all clones of a user.
 * @param requirements file of pinned versions with hashes; no other package is installed
 */
export async function ensurePythonPackages(name: string, requirements: string): Promise<PythonTree> {
  const { program, env, minor } = await findPython();
  const hash = createHash("sha256").update(`${minor}\n`).update(fs.readFileSync(requirements)).digest("hex");
  const target = path.join(cacheDir(), "python", `${name}-${hash.slice(0, 12)}`);
  await ensureFolder(target, async (draft) => {
    const pinned = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", requirements];
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location"];
    await runProgram(program, ["-m", "pip", "install", ...quiet, ...pinned, "--target", draft], {
      env: { ...process.env, ...env },
    });
  });
  return { program, env: { ...env, PYTHONPATH: target } };
}
