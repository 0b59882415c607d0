import type { Reporter } from "@nexus/host";

const ignore = () => undefined;

/** For tests of what takes long: tells nothing. */
export const silentReporter: Reporter = { plan: ignore, start: ignore, progress: ignore, done: ignore, fail: ignore };
