import { TYPESCRIPT_ARGUMENTS } from "@nexus/host";
import { runStep } from "../steps";
import type { StackOptions } from "../stack-settings";

export interface RenderOptions extends StackOptions {
  readonly out: string;
}

/**
 * `npm run render`: the stack's objects as YAML, without a cluster. It runs in a separate process, because Pulumi's
 * runtime is global.
 */
export async function render(options: RenderOptions): Promise<void> {
  const stack = ["--stack", options.stack];
  const config = options.configFile ? ["--config-file", options.configFile] : [];
  await runStep({
    title: `Render stack ${options.stack} to ${options.out}`,
    command: [process.execPath, ...TYPESCRIPT_ARGUMENTS, "cli/render.ts", ...stack, "--out", options.out, ...config],
  });
}
