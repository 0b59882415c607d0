import api from "./api.sandbox.js";
import calls from "./calls.sandbox.js";
import consoleOf from "./console.sandbox.js";
import inspect from "./inspect.sandbox.js";
import platform from "./platform.sandbox.js";
import primordials from "./primordials.sandbox.js";
import table from "./table.sandbox.js";

/**
 * Script text that runs in a fresh sandbox before any code of the workspace. Its value is a function that takes an
 * object of host functions and limits, and returns an object of functions for the host, which the workspace cannot
 * reach.
 */
export const prelude = `(function (host) {
  "use strict";
  const primordialsOf = ${primordials}
  const inspectionOf = ${inspect}
  const tableOf = ${table}
  const consoleOf = ${consoleOf}
  const callsOf = ${calls}
  const apiOf = ${api}
  const installPlatform = ${platform}
  const primordials = primordialsOf();
  const inspection = inspectionOf(primordials, host);
  const console = consoleOf(primordials, inspection, tableOf(primordials, inspection), host);
  const calls = callsOf(primordials, host);
  const platform = installPlatform(primordials, inspection, console, calls, host);
  return apiOf(primordials, inspection, console, calls, platform, host);
})`;
