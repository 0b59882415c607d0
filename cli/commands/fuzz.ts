import { createReporter } from "@nexus/host";
import { runStep } from "../steps";
import { fuzzerEnvironment, serviceTestServers } from "../test-tools";

/** `npm run fuzz`: random requests to kernel and backend, made from their OpenAPI documents. */
export async function fuzz(): Promise<void> {
  const reporter = createReporter();
  const fuzzer = await fuzzerEnvironment(reporter);
  const servers = await serviceTestServers(reporter);
  try {
    await runStep({
      title: "API fuzzer",
      command: [process.execPath, "node_modules/.bin/jest", "--selectProjects", "fuzz", "--runInBand", "--forceExit"],
      env: { ...servers.env, ...fuzzer },
    });
  } finally {
    servers.remove();
  }
}
