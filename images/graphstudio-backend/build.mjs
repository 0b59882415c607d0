import { fileURLToPath } from "node:url";
import { bundleService } from "../../packages/service/bundle.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await bundleService({
  entries: {
    server: at("src/server.ts"),
    "convert-worker": at("src/projects/convert-worker.ts"),
    migrate: at("src/migrate.ts"),
    "platform-admin": at("src/platform-admin.ts"),
    healthcheck: at("../../packages/service/src/healthcheck.ts"),
  },
  outdir: process.argv[2] ?? at("dist"),
  external: ["@node-rs/argon2"],
});
