import { selectStack } from "../pulumi";
import { openSession } from "../open-session";

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** `npm run -s env`: settings for a shell in which plain `pulumi` and `kubectl` work on this clone. */
export async function env(): Promise<void> {
  const { binDir, variables } = await openSession({ stack: "dev" });
  await selectStack(variables, { stack: "dev" });
  // These two are extended where the line is read, so that they follow that shell's own: other clusters stay known.
  const extended: Readonly<Record<string, string>> = {
    PATH: `${quote(binDir)}:"$PATH"`,
    KUBECONFIG: `${quote(variables.KUBECONFIG ?? "")}:"\${KUBECONFIG:-$HOME/.kube/config}"`,
  };
  for (const [name, value] of Object.entries(variables))
    process.stdout.write(`export ${name}=${extended[name] ?? quote(value)}\n`);
}
