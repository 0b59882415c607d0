import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./precompress";

const PORT_FORWARDED_STUDIO = "http://localhost:30080";

export default defineConfig({
  plugins: [react(), precompress()],
  build: {
    target: "es2022",
    // Small files must not become data: URLs, which the content security policy refuses for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npx vite` during work on the screens; everything but the app comes from a running stack.
  server: {
    proxy: Object.fromEntries(["/api", "/auth", "/account", "/health"].map((path) => [path, PORT_FORWARDED_STUDIO])),
  },
});
