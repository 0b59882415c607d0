import confirm from "@inquirer/confirm";
import input from "@inquirer/input";

/** The stack that counts as production. */
const PRODUCTION = "staging";

export interface Question {
  readonly stack: string;
  /** The npm script that asks. */
  readonly command: string;
  /** What it is about to do, as in "Delete all of it?". */
  readonly text: string;
}

/** How the user is asked; tests replace it. */
export interface Asker {
  /** False if nobody can answer, as in a CI job. */
  readonly isThere: () => boolean;
  readonly confirm: (message: string) => Promise<boolean>;
  readonly input: (message: string) => Promise<string>;
}

/** The terminal that this process runs in. */
export const terminal: Asker = {
  isThere: () => Boolean(process.stdin.isTTY && process.stdout.isTTY && !process.env.CI),
  confirm: (message) => confirm({ message, default: false }).catch(declined),
  input: (message) => input({ message }).catch(declined),
};

/** Ctrl-C is an answer too. */
function declined(error: unknown): never {
  throw error instanceof Error && error.name === "ExitPromptError" ? new Error("Nothing was changed.") : error;
}

export function isProduction(stack: string): boolean {
  return stack === PRODUCTION;
}

/** @throws Error if nobody can be asked */
export function requireTerminal({ stack, command, text }: Question, asker: Asker = terminal): void {
  if (asker.isThere()) return;
  throw new Error(
    `${text} There is no terminal to ask in, and nothing was changed. ` +
      `Fix: npm run ${command} -- --stack ${stack} --yes`,
  );
}

/**
 * Asks the user whether to continue. For a production stack the user must type its name, which nobody does by habit.
 * @throws Error if the answer is no, or if nobody can be asked
 */
export async function askToGoOn(question: Question, asker: Asker = terminal): Promise<void> {
  requireTerminal(question, asker);
  const { stack, text } = question;
  const agreed = isProduction(stack)
    ? (await asker.input(`${text} Type the name of the stack (${stack}):`)).trim() === stack
    : await asker.confirm(text);
  if (!agreed) throw new Error("Nothing was changed.");
}
