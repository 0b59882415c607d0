import { fileURLToPath } from "node:url";
import { bundleService } from "../../packages/service/bundle.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await bundleService({
  entries: {
    server: at("src/server.ts"),
    healthcheck: at("../../packages/service/src/healthcheck.ts"),
    migrate: at("src/migrate.ts"),
    backup: at("../../packages/backup/src/main.ts"),
    worker: at("src/sandbox/worker.ts"),
    "typescript-plugin": at("src/sandbox/typescript-plugin.ts"),
  },
  outdir: process.argv[2] ?? at("dist"),
  files: { "quickjs.wasm": fileURLToPath(import.meta.resolve("@jitl/quickjs-wasmfile-release-sync/wasm")) },
});
