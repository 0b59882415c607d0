import type { DatabaseMode } from "@nexus/contract";
import { checkModeChange } from "../../../components/data-tier/mode-change";
import { databasePlace } from "../../../config/database-place";

const facts = { namespace: "team-a", users: ["workspace-kernel", "graphstudio-backend"] };
const place = (mode: DatabaseMode, restoreFrom: string | null = null) => ({ mode, restoreFrom });
const [EARLIER, NOW] = ["000001-20260102T030405Z", "000042-20260202T030405Z"];

const MOVES: [DatabaseMode, DatabaseMode][] = [
  ["builtin", "external"],
  ["builtin", "cloudnativepg"],
  ["external", "builtin"],
  ["external", "cloudnativepg"],
  ["cloudnativepg", "builtin"],
  ["cloudnativepg", "external"],
];
test.each(MOVES)(
  "P5: data that is in %s would not move to %s, so nothing is changed without a backup of now",
  (from, to) => {
    expect(() => checkModeChange(place(from), place(to), facts)).toThrow(
      "The data of the database would not move along.",
    );
    expect(() => checkModeChange(place(from), place(to, NOW), facts)).not.toThrow();
    // The backup of an earlier move is still set.
    expect(() => checkModeChange(place(from, EARLIER), place(to, EARLIER), facts)).toThrow("would not move along");
    expect(() => checkModeChange(place(from, EARLIER), place(to, NOW), facts)).not.toThrow();
  },
);

test("P5: the error has the steps in their order, with the name of the stack", () => {
  const error = (() => {
    try {
      checkModeChange(place("builtin"), place("external"), facts);
      return "";
    } catch (thrown) {
      return (thrown as Error).message;
    }
  })();
  expect(error.split("\n").map((line) => line.trim())).toEqual([
    "The data of the database would not move along. Nothing was changed:",
    'nexus:postgres.mode: "external", and the data is in "builtin". Fix: move it in these steps, or set the mode back:',
    "1. kubectl -n team-a scale deployment workspace-kernel graphstudio-backend --replicas=0   # nobody writes any more",
    '2. npm run backup -- --stack stack   # of "builtin", which still runs; it names the id of the backup',
    "3. pulumi config set --stack stack --path nexus:postgres.restoreFrom <id>",
    "4. npm run up -- --stack stack   # fills the new database, compares every table, and then starts what uses it",
    "5. kubectl -n team-a scale deployment workspace-kernel graphstudio-backend --replicas=1   # only where an autoscaler sets the number of pods",
    "6. pulumi config rm --stack stack --path nexus:postgres.restoreFrom",
  ]);
});

test.each<[string, ReturnType<typeof place> | undefined, DatabaseMode]>([
  ["a stack that never was up", undefined, "external"],
  ["the same mode", place("external"), "external"],
  ["a platform that had no database", place("none"), "external"],
  ["a platform that needs none any more, whose losses are told elsewhere", place("external"), "none"],
])("P5: %s is not refused", (_what, before, wanted) => {
  expect(() => checkModeChange(before, place(wanted), facts)).not.toThrow();
});

test("the place of the last release has the defaults of its preset", () => {
  expect(databasePlace({})).toEqual(place("builtin"));
  expect(databasePlace({ "nexus:topology": "runtime" })).toEqual(place("none"));
  const set = { "nexus:topology": "runtime", "nexus:postgres": JSON.stringify({ mode: "external", restoreFrom: NOW }) };
  expect(databasePlace(set)).toEqual(place("external", NOW));
});
