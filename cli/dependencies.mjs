// Installs the dependencies of the clone. Needs only Node.js.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** npm writes it at the end of each install, whichever command and options ran: the packages in node_modules. */
const INSTALLED = "node_modules/.package-lock.json";
/** The complete installation, whatever the user's npm configuration and environment leave out. */
const COMPLETE = ["--include=dev", "--include=optional", "--include=peer", "--install-strategy=hoisted"];
const NPM_CI = ["ci", ...COMPLETE, "--no-audit", "--no-fund", "--loglevel=error"];

/** Runs `npm ci` if node_modules does not hold what package-lock.json says. */
export async function ensureDependencies(root) {
  if (isInstalled(root)) return;
  const turn = await turnToInstall(root);
  // Another process may have installed them meanwhile.
  if (!isInstalled(root)) install(root);
  turn.close();
}

function isInstalled(root) {
  const wanted = packagesOf(join(root, "package-lock.json"));
  const installed = packagesOf(join(root, INSTALLED));
  if (!wanted || !installed) return false;
  delete wanted[""];
  const isThere = (folder) =>
    installed[folder]
      ? isSame(installed[folder], wanted[folder]) && existsSync(join(root, folder))
      : // Such as those of other platforms.
        wanted[folder].optional;
  const parentOf = (folder) => folder.split("/node_modules/").slice(0, -1).join("/node_modules/");
  const mayHide = (folder) => !wanted[folder] && wanted[parentOf(folder)];
  return Object.keys(wanted).every(isThere) && !Object.keys(installed).some(mayHide);
}

/** The packages of a lock file by folder; undefined if it cannot be read. */
function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function isSame(one, other) {
  return one.version === other.version && one.integrity === other.integrity && one.link === other.link;
}

/**
 * Waits until no other process installs the dependencies of this clone, since each would delete what the other has
 * installed. The system closes the socket of a process that ends, however it ends.
 */
async function turnToInstall(root) {
  const name = `nexus-install-${createHash("sha256").update(root).digest("hex").slice(0, 32)}`;
  // On Linux a socket needs no file, which a process that is killed would leave behind.
  const address = process.platform === "linux" ? `\0${name}` : join(tmpdir(), name);
  for (let told = false; ; told = true) {
    const server = createServer().listen(address);
    try {
      await once(server, "listening");
      return server;
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw error;
    }
    if (!told) console.error("Another process installs the dependencies; waiting for it ...");
    await endOf(address);
  }
}

/** Resolves when the process that listens there has closed its socket. */
async function endOf(address) {
  const socket = connect(address).resume();
  socket.on("error", ({ code }) => {
    if (code === "ECONNREFUSED" && !address.startsWith("\0")) rmSync(address, { force: true });
  });
  await new Promise((resolve) => socket.on("close", resolve));
}

function install(root) {
  console.error("Installing dependencies (npm ci), about a minute ...");
  // First, so that an install that is interrupted does not look like a complete one.
  rmSync(join(root, INSTALLED), { force: true });
  const { status } = spawnSync("npm", NPM_CI, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status === 0) return;
  console.error(
    "npm ci failed; its messages are above. Fix: check that the npm registry can be reached, then run this again.",
  );
  process.exit(1);
}
