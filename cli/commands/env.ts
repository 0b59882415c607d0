import { shellWord } from "@nexus/host";
import { readPulumi } from "../pulumi";
import { openShell } from "../open-session";

/**
 * `npm run -s env`: settings for a shell in which plain `pulumi` and `kubectl` work on this clone, and reach its
 * cluster if there is one. It starts none: on a machine that cannot run one, `pulumi` is needed to choose another.
 */
export async function env(): Promise<void> {
  const { binDir, variables } = await openShell({ stack: "dev" });
  // Pulumi's own output must not reach the shell.
  await readPulumi(variables, ["stack", "select", "--create", "--stack", "dev"]);
  // The shell extends these two variables itself when it evaluates the line, so that its own kubeconfigs and PATH stay
  // in use.
  const extended: Readonly<Record<string, (value: string) => string>> = {
    PATH: () => `${shellWord(binDir)}:"$PATH"`,
    KUBECONFIG: (kubeconfig) => `${shellWord(kubeconfig)}:"\${KUBECONFIG:-$HOME/.kube/config}"`,
  };
  for (const [name, value] of Object.entries(variables))
    process.stdout.write(`export ${name}=${(extended[name] ?? shellWord)(value)}\n`);
}
