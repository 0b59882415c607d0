import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir } from "@nexus/host";
import { pluginFolder, type ReadyTool } from "./pulumi-programs";

const PLUGINS = "plugins";

/**
 * A folder of links to the programs of all tools; its name is a hash of their targets. Plugins are in a separate folder
 * below it, because the engine warns about every plugin on the PATH.
 */
export function linkPrograms(tools: readonly ReadyTool[]): string {
  const links = tools.flatMap(({ name, files }) => {
    const plugin = pluginFolder(name);
    const folder = plugin ? path.join(PLUGINS, plugin) : "";
    return files.map((file) => ({ file, name: path.join(folder, path.basename(file)) }));
  });
  const hash = createHash("sha256").update(JSON.stringify(links)).digest("hex").slice(0, 12);
  const binDir = path.join(cacheDir(), "bin", hash);
  if (fs.existsSync(binDir)) return binDir;
  const draft = `${binDir}.${process.pid}`;
  fs.rmSync(draft, { recursive: true, force: true });
  for (const { file, name } of links) {
    fs.mkdirSync(path.dirname(path.join(draft, name)), { recursive: true });
    fs.symlinkSync(file, path.join(draft, name));
  }
  if (fs.existsSync(binDir)) fs.rmSync(draft, { recursive: true });
  else fs.renameSync(draft, binDir);
  return binDir;
}

function entries(folder: string): fs.Dirent[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : [];
}

/**
 * Links the plugins of a folder of programs into the place where the engine looks for them. Plugins that somebody
 * installed there are kept; links to unused versions are removed.
 * @param pulumiHome PULUMI_HOME of a platform. Its plugin folders must be real folders; the engine skips linked ones.
 */
export function linkPlugins(binDir: string, pulumiHome: string): void {
  const source = path.join(binDir, PLUGINS);
  const target = path.join(pulumiHome, PLUGINS);
  const wanted = new Set(entries(source).map((entry) => entry.name));
  for (const { name } of entries(target).filter((entry) => entry.isDirectory() && !wanted.has(entry.name))) {
    const files = entries(path.join(target, name));
    if (files.length > 0 && files.every((file) => file.isSymbolicLink()))
      fs.rmSync(path.join(target, name), { recursive: true });
  }
  for (const plugin of wanted) {
    fs.mkdirSync(path.join(target, plugin), { recursive: true });
    const installed = entries(path.join(target, plugin)).filter((file) => file.isFile());
    if (installed.length > 0) continue;
    for (const { name } of entries(path.join(source, plugin))) {
      const link = path.join(target, plugin, name);
      const draft = path.join(target, `.${plugin}.${name}.${process.pid}`);
      fs.rmSync(draft, { force: true });
      fs.symlinkSync(fs.readlinkSync(path.join(source, plugin, name)), draft);
      // Renaming replaces the link of an earlier recipe atomically.
      fs.renameSync(draft, link);
    }
  }
}
