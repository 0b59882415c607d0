import { pulumiVariables, selectStack } from "../pulumi";
import { openSession } from "../session";

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** `npm run -s env`: settings for a shell in which plain `pulumi` and `kubectl` work on this clone. */
export async function env(): Promise<void> {
  const { binDir, variables } = await openSession({ stack: "dev" });
  await selectStack(variables, { stack: "dev" });
  for (const [name, value] of Object.entries(pulumiVariables(binDir))) {
    // PATH is extended where the line is read, so that it follows that shell's own.
    const text = name === "PATH" ? `${quote(binDir)}:"$PATH"` : quote(value);
    process.stdout.write(`export ${name}=${text}\n`);
  }
}
