import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir } from "@nexus/host";

const keptBuilds = () => path.join(cacheDir(), "builds");
const buildsOf = (home: string) => path.join(home, "data/buildkit");

/** Gives a platform that was not started yet the layers and downloads of image builds that were kept. */
export function takeBuilds(home: string): void {
  move(keptBuilds(), buildsOf(home));
}

/** Keeps the layers and downloads of image builds of a stopped platform, before its data are deleted. */
export function keepBuilds(home: string): void {
  move(buildsOf(home), keptBuilds());
}

/** Only one platform can use them, so nothing happens if another one has them, has left some, or is on another disk. */
function move(from: string, to: string): void {
  try {
    fs.mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
    fs.renameSync(from, to);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EXDEV"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
