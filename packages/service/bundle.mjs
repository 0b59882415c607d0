import { copyFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const OTEL = fileURLToPath(new URL("src/otel.ts", import.meta.url));

/**
 * Files of their own, so that a service starts fast that does not need them: OpenTelemetry, for which traces must be on,
 * and the parser of TypeScript.
 */
const apart = {
  name: "apart",
  setup(build) {
    build.onResolve({ filter: /^\.\/(otel|typescript-plugin)$/ }, ({ path }) => ({
      path: `${path}.js`,
      external: true,
    }));
  },
};

/**
 * Bundles entry points of a service to CommonJS files that run without node_modules, native modules aside.
 * @param {{ entries: Record<string, string>, outdir: string, external?: string[], files?: Record<string, string> }}
 * options `files` maps names in `outdir` to files that are copied there.
 */
export async function bundleService({ entries, outdir, external = [], files = {} }) {
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: { ...entries, otel: OTEL },
    plugins: [apart],
    outdir,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    // pg asks for its optional native binding in a try block.
    external: ["pg-native", ...external],
    // Some packages find their own folder with `import.meta`, which CommonJS files do not have.
    define: { "import.meta.url": "bundleUrl" },
    banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    loader: { ".sandbox.js": "text" },
    logLevel: "warning",
  });
  for (const [name, source] of Object.entries(files)) await copyFile(source, `${outdir}/${name}`);
}
