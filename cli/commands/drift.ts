import { printable } from "@nexus/host";
import type { changesSince } from "../../components/guard/drift";
import { resourceOf, titleOf } from "../../components/guard/planned-object";
import { openSession } from "../open-session";
import type { StackOptions } from "../stack-settings";
import { table } from "../table";
import { lookForChanges, runningNow } from "../update/drift";

/** Exit code if something differs; 1 is an error. */
const DRIFTED = 2;
/** Fields of one writer that are listed; somebody may have replaced a whole object. */
const MOST_FIELDS = 30;

/** One row per field: the object, the field, who changed it and when, and the command that undoes it. */
export function driftRows({ lost, changed }: ReturnType<typeof changesSince>, stack: string): string[][] {
  const undo = `npm run up -- --stack ${stack}`;
  const gone = lost.map((object) => [titleOf(object), "all of it", "deleted", "", undo]);
  const edited = changed.flatMap(({ object, changes, own }) => {
    const space = object.namespace === undefined ? "" : ` -n ${object.namespace}`;
    const edit = `kubectl${space} edit ${resourceOf(object)} ${object.name}`;
    return changes.flatMap(({ by, time = "", fields }) => {
      const row = (field: string, command: string) => [titleOf(object), field, by, time, command];
      const rows = fields.slice(0, MOST_FIELDS).map((field) => row(field, own.has(field) ? undo : edit));
      const more = fields.length - rows.length;
      return more > 0 ? [...rows, row(`and ${more} more`, edit)] : rows;
    });
  });
  return [["OBJECT", "FIELD", "CHANGED BY", "TIME", "UNDO"], ...[...gone, ...edited].map((row) => row.map(printable))];
}

/** Text of Markdown that ends no cell and begins no tag. */
const markdownText = (text: string) => text.replace(/[\\|`<>[\]*_]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A table of Markdown. */
export function markdownTable([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}

/** `npm run drift`: what differs from the last update, without changing the cluster or the state. */
export async function drift({ markdown, ...options }: StackOptions & { readonly markdown: boolean }): Promise<void> {
  const { stack } = options;
  const session = await openSession(options, false);
  const found = await lookForChanges(session, options);
  const rows = driftRows(found, stack);
  if (rows.length === 1) {
    process.stdout.write(`Nobody changed the objects of stack ${stack} since its last update.\n`);
    return;
  }
  const running = (await runningNow(session, found.changed)).map(
    (line) => `\n${markdown ? markdownText(line) : line}.\n`,
  );
  process.stdout.write(`${markdown ? markdownTable(rows) : table(rows)}
${running.join("")}
Undo: npm run up -- --stack ${stack} makes deleted objects again and resets the fields that the stack sets. It leaves other fields as they are.
Accept: set the value in the stack's configuration. A field that the stack does not set is no longer listed after
pulumi refresh --stack ${stack}.
`);
  process.exitCode = DRIFTED;
}
