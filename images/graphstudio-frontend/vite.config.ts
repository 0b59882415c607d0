import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const COMPRESSIBLE = /\.(html|js|css|svg|webmanifest)$/;
const MIN_BYTES = 1024;
/**
 * The byte of the gzip header for the operating system; 255 means unknown, so the same input gives the same bytes
 * everywhere.
 */
const OS_BYTE = 9;

/** Writes name.gz beside each text file of the build, so that nginx need not compress it for every visitor. */
function precompress(): Plugin {
  let outDir = "dist";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
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

const RUNNING_STUDIO = "http://localhost:30080";

export default defineConfig({
  plugins: [react(), precompress()],
  build: {
    target: "es2022",
    // Small files must not become data: URLs, which the content security policy refuses for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npm run dev` during work on the screens; everything but the app comes from a running stack.
  server: {
    proxy: Object.fromEntries(["/api", "/auth", "/account", "/health"].map((path) => [path, RUNNING_STUDIO])),
  },
});
