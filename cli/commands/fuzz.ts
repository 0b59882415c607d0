import { createReporter } from "@nexus/host";
import { runStep, type TestStep } from "../steps";
import { fuzzerEnvironment, serviceTestServers, type TestEnvironment } from "../test-tools";

/** @param servers where the service tests find their servers */
export async function fuzzStep(servers: TestEnvironment): Promise<TestStep> {
  const fuzzer = await fuzzerEnvironment(createReporter());
  return {
    title: "API fuzzer",
    command: [process.execPath, "node_modules/.bin/jest", "--selectProjects", "fuzz", "--runInBand", "--forceExit"],
    env: { ...servers, ...fuzzer },
  };
}

/** `npm run fuzz`: random requests to kernel and backend, made from their OpenAPI documents. */
export async function fuzz(): Promise<void> {
  const { env, remove } = await serviceTestServers(createReporter());
  try {
    await runStep(await fuzzStep(env));
  } finally {
    remove();
  }
}
