import { type Browser, chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Animations make the browser draw all the time.
  "--force-prefers-reduced-motion",
];

/**
 * The Chromium of NEXUS_TEST_CHROMIUM_BIN, headless.
 * @throws if NEXUS_TEST_CHROMIUM_BIN does not name one that starts
 */
export async function launchBrowser(): Promise<Browser> {
  const libraries = process.env.NEXUS_TEST_CHROMIUM_LD_LIBRARY_PATH;
  return await chromium.launch({
    executablePath: process.env.NEXUS_TEST_CHROMIUM_BIN,
    args: ARGUMENTS,
    env: { ...process.env, ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}) } as Record<string, string>,
  });
}
