import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(html|js|css|svg|webmanifest)$/;
const MIN_BYTES = 1024;
/** Where the gzip header names the operating system; 255 says unknown, so the same input gives the same bytes anywhere. */
const OS_BYTE = 9;

/** Writes name.gz beside each text file of the build, so that nginx need not compress it for every visitor. */
export function precompress(): Plugin {
  let outDir = "dist";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      outDir = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const names = await readdir(outDir, { recursive: true });
      for (const name of names.filter((each) => COMPRESSIBLE.test(each))) {
        const content = await readFile(join(outDir, name));
        if (content.length < MIN_BYTES) continue;
        const packed = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
        packed[OS_BYTE] = 255;
        await writeFile(join(outDir, `${name}.gz`), packed);
      }
    },
  };
}
