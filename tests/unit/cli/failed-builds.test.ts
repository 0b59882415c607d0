import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describeFailedBuilds } from "../../../cli/update/failed-builds";
import type { Platform } from "../../../config/machine";
import { platform } from "../../support/config";
import { sessionWithKubectl } from "../../support/fake-kubectl";

const SINCE = 1_800_000_000_000;
const LOGS = [
  "#20 [4/4] RUN make",
  "#20 0.04 no rule",
  "#20 ERROR: exit code: 7",
  "------",
  " > [4/4] RUN make:",
  "0.04 no rule",
  "------",
];

let home: string;
const earlier = process.env.NEXUS_HOME;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-builds-"));
  const identity = { id: "abc123", link: 1, ports: { registry: 29500, studio: 30080 } };
  fs.writeFileSync(path.join(home, "instance.json"), JSON.stringify(identity));
  process.env.NEXUS_HOME = home;
});
afterEach(() => {
  if (earlier === undefined) delete process.env.NEXUS_HOME;
  else process.env.NEXUS_HOME = earlier;
  fs.rmSync(home, { recursive: true });
});

const record = (Ref: string, seconds: number, error?: object) => ({
  record: { Ref, CreatedAt: { seconds }, error, Exporters: [{ Attrs: { name: `localhost:29500/nexus/${Ref}:dev` } }] },
});

/** @param records BuildKit's records of builds */
function describe(records: readonly object[], own: Platform | undefined = platform): Promise<string> {
  fs.writeFileSync(path.join(home, "records"), records.map((one) => `${JSON.stringify(one)}\n`).join(""));
  fs.writeFileSync(path.join(home, "logs"), LOGS.join("\n"));
  const script = `#!/bin/sh\ncase "$*" in *" debug histories "*) cat ${home}/records ;; *" failed") cat ${home}/logs >&2 ;; *) exit 1 ;; esac\n`;
  fs.writeFileSync(path.join(home, "buildctl"), script, { mode: 0o755 });
  return describeFailedBuilds({ ...sessionWithKubectl(home, {}, "exit 1"), platform: own }, SINCE);
}

test("A1 A38: the output of the failed step of a build that failed since then is shown", async () => {
  const error = { message: "exit code: 7" };
  const records = [
    record("failed", SINCE / 1000, error),
    record("good", SINCE / 1000),
    record("old", SINCE / 1000 - 1, error),
  ];
  expect(await describe(records)).toBe(
    "localhost:29500/nexus/failed:dev could not be built:\n   > [4/4] RUN make:\n  0.04 no rule",
  );
});

test("A1 A38: without a failed build, or with another builder, nothing is shown", async () => {
  expect(await describe([record("good", SINCE / 1000)])).toBe("");
  const failed = [record("failed", SINCE / 1000, { message: "exit code: 7" })];
  expect(await describe(failed, { ...platform, kind: "kind" })).toBe("");
});
