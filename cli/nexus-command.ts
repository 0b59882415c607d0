import { Command, Help } from "commander";
import { printable } from "@nexus/host";

/** The command line that starts a command: `npm run up --`, or `npm run compose -- convert`. */
function invocation(command: Command): string {
  const names: string[] = [];
  for (let one = command; one.parent; one = one.parent) names.unshift(one.name());
  const [script, ...others] = names;
  return script === undefined ? "node cli/nexus.mjs" : ["npm run", script, "--", ...others].join(" ");
}

/**
 * A command whose help shows how npm runs it, and which reports a mistake in one line instead of with the whole help.
 */
export class NexusCommand extends Command {
  public override createCommand(name?: string): NexusCommand {
    return new NexusCommand(name);
  }

  public override createHelp(): Help {
    return Object.assign(new Help(), {
      showGlobalOptions: true,
      commandUsage: (command: Command) => `${invocation(command)} ${command.usage()}`,
    });
  }

  public override error(message: string): never {
    const mistake = message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\?\)$/, ". Did you mean $1?");
    const end = /[.?]$/.test(mistake) ? "" : ".";
    process.stderr.write(`Error: ${printable(mistake)}${end} Fix: ${invocation(this)} --help\n`);
    process.exit(1);
  }
}

/** Loads a command's modules only when it runs, so that help, errors and other commands start fast. */
export function lazily<Args extends unknown[]>(load: () => Promise<(...args: Args) => void | Promise<void>>) {
  return async (...args: Args): Promise<void> => (await load())(...args);
}

/** Gathers an option that is given more than once. */
export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
