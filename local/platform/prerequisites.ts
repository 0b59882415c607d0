import * as fs from "node:fs";

export interface PlatformSupport {
  readonly supported: boolean;
  /** What exists or what is missing, as the rest of a sentence that begins with "The local platform". */
  readonly reason: string;
}

/** Whether the local platform can run on this machine, and if not, why. */
export function platformSupport(): PlatformSupport {
  const missing = (reason: string): PlatformSupport => ({ supported: false, reason });
  if (process.platform !== "linux") return missing(`needs Linux, and this is ${process.platform}`);
  if (process.arch !== "x64") return missing(`needs x86-64, and this is ${process.arch}`);
  if (process.getuid?.() !== 0) return missing("needs root, to make a node's namespaces");
  if (!fs.existsSync("/usr/bin/unshare") && !fs.existsSync("/bin/unshare"))
    return missing("needs the program unshare (package util-linux)");
  return { supported: true, reason: "can run: Linux on x86-64 as root" };
}
