import * as fs from "node:fs";
import * as path from "node:path";

const FILE = "fonts.conf";
/** Which fonts stand for "serif", "sans-serif" and "monospace". Installing Debian's package would link these. */
const ALIASES = ["45-latin.conf", "60-latin.conf"];

/**
 * Makes the fonts of an unpacked tree available beside the machine's own. Debian's configuration names absolute
 * folders, and a browser without fonts draws no text.
 * @param root where the tree is now
 * @param target where it will be
 */
export function writeFontConfiguration(root: string, target: string): void {
  const fonts = "usr/share/fonts";
  if (!fs.existsSync(path.join(root, fonts))) return;
  const aliases = ALIASES.map((file) => path.join(target, "usr/share/fontconfig/conf.avail", file));
  const include = (file: string) => `  <include ignore_missing="yes">${file}</include>`;
  const lines = [
    `<?xml version="1.0"?>`,
    `<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">`,
    `<fontconfig>`,
    ...["/etc/fonts/fonts.conf", ...aliases].map(include),
    `  <dir>${path.join(target, fonts)}</dir>`,
    `  <cachedir>${path.join(target, "var/cache/fontconfig")}</cachedir>`,
    `</fontconfig>`,
    ``,
  ];
  fs.writeFileSync(path.join(root, FILE), lines.join("\n"));
}

/** FONTCONFIG_FILE for programs of the tree; undefined if only the machine's own fonts exist. */
export function fontConfiguration(root: string): string | undefined {
  const file = path.join(root, FILE);
  return fs.existsSync(file) ? file : undefined;
}
