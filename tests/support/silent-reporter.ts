import type { Reporter } from "@nexus/host";

const ignore = () => undefined;

/** A reporter that prints nothing. */
export const silentReporter: Reporter = { plan: ignore, start: ignore, progress: ignore, done: ignore, fail: ignore };
