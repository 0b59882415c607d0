import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { duration, repositoryRoot } from "@nexus/host";
import { table } from "./table";

interface SuiteTime {
  readonly path: string;
  readonly milliseconds: number;
}

/** Collects how long each test file takes, over several runs of Jest. */
export class SuiteTimes {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-times-"));
  private readonly file = path.join(this.folder, "suites.jsonl");

  /** For Jest's environment. */
  public readonly env = { NEXUS_SUITE_TIMES: this.file };
  /** Jest's own reporter, and the one that notes the times. */
  public static readonly reporters = ["--reporters=default", "--reporters=<rootDir>/tests/support/run/suite-times.js"];

  /**
   * The slowest files first; then clears the record.
   * @param count maximum number of files
   */
  public take(count: number): string {
    const text = fs.existsSync(this.file) ? fs.readFileSync(this.file, "utf8") : "";
    fs.rmSync(this.folder, { recursive: true, force: true });
    const lines = text.split("\n").filter(Boolean);
    const times = lines.map((line) => JSON.parse(line) as SuiteTime);
    const slowest = [...times].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, count);
    const rows = slowest.map((one) => [duration(one.milliseconds), path.relative(repositoryRoot, one.path)]);
    return rows.length === 0 ? "" : `\nSlowest of ${times.length} test files:\n${table(rows)}\n`;
  }
}
