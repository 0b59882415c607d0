import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { STOP_BEFORE_LOSS } from "../../components/guard";
import { askToGoOn, type Asker, terminal } from "../questions";

export interface LossQuestion {
  readonly stack: string;
  /** Shows everything that the update would do. */
  readonly show: () => Promise<void>;
}

/**
 * Runs an update that stops before it loses data, and then asks the user. An update that loses no data runs without a
 * preview.
 * @param run the update, with the variables it is given
 * @throws Error of the update, or if the answer was no
 */
export async function withLossAsked(
  variables: Readonly<Record<string, string>>,
  { stack, show }: LossQuestion,
  run: (variables: Record<string, string>) => Promise<void>,
  asker: Asker = terminal,
): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-loss-"));
  const file = path.join(folder, "loss");
  try {
    await run({ ...variables, [STOP_BEFORE_LOSS]: file });
  } catch (error) {
    if (!fs.existsSync(file) || !asker.isThere()) throw error;
    await show();
    await askToGoOn({ stack, command: "up", text: `${fs.readFileSync(file, "utf8")} Go on?` }, asker);
    await run({ ...variables });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
