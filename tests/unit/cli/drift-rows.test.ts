import { driftRows, markdownTable } from "../../../cli/commands/drift";
import type { PlannedObject } from "../../../components/guard/planned-object";

const object = (kind: string, namespace?: string): PlannedObject => ({
  apiVersion: "v1",
  kind,
  name: "web",
  namespace,
});

test("P4: a long list of fields is cut, and text of the cluster cannot break a line or a terminal", () => {
  const fields = Array.from({ length: 40 }, (_, index) => `spec.f${index}`);
  const changes = [{ by: "\u001b[2J\nme", time: undefined, fields }];
  const rows = driftRows(
    {
      lost: [object("Namespace")],
      changed: [{ object: object("Service", "nexus"), changes, own: new Set(["spec.f0"]) }],
    },
    "dev",
  );
  expect(rows).toHaveLength(33);
  expect(rows.slice(0, 4)).toEqual([
    ["OBJECT", "FIELD", "CHANGED BY", "TIME", "UNDO"],
    ["Namespace web", "all of it", "deleted", "", "npm run up -- --stack dev"],
    ["Service nexus/web", "spec.f0", expect.not.stringContaining("\u001b"), "", "npm run up -- --stack dev"],
    ["Service nexus/web", "spec.f1", expect.not.stringContaining("\u001b"), "", "kubectl -n nexus edit services web"],
  ]);
  expect(rows.at(-1)?.[1]).toBe("and 10 more");
});

test("P4: the table for a comment shows foreign text as text", () => {
  expect(markdownTable([["A"], ["a|b <img> `c` [d](e)"]])).toBe(
    "| A |\n| --- |\n| a&#124;b &#60;img&#62; &#96;c&#96; &#91;d&#93;(e) |",
  );
});
