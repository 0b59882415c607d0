import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import { GAPS, testFiles, WebPlatformTests } from "./web-platform";

const PAGE = join(__dirname, "../../../docs/javascript.md");
const MARK = "<!-- web-platform-tests, made by web-platform.long.test.ts -->";
const END = "<!-- end of web-platform-tests -->";

/** Counts by API, and the gaps with their reasons. */
async function table(tests: WebPlatformTests): Promise<string> {
  const rows: string[] = [];
  for (const [api, files] of testFiles()) {
    let passed = 0;
    let failed = 0;
    const reasons = new Map<string, number>();
    for (const file of files) {
      const tested = await tests.test(file);
      passed += tested.passed;
      failed += tested.failed;
      const reason = tested.failed > 0 ? (GAPS[file]?.reason ?? `${file}: ${tested.failures[0]}`) : undefined;
      if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + tested.failed);
    }
    const gaps = [...reasons].map(([reason, count]) => `${count}: ${reason}`).join("<br>");
    rows.push(`| ${api} | ${passed} | ${failed} | ${gaps} |`);
  }
  return ["| API | passed | failed | why |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

test("the web-platform-tests pass as docs/javascript.md says", async () => {
  const bundle = await buildBundle("workspace-kernel");
  const tests = await WebPlatformTests.start(bundle);
  try {
    const page = readFileSync(PAGE, "utf8");
    const [before = "", rest = ""] = page.split(`${MARK}\n\n`);
    const [said = "", after = ""] = rest.split(`\n\n${END}`);
    const found = await table(tests);
    if (process.env.NEXUS_WRITE_DOCS) writeFileSync(PAGE, `${before}${MARK}\n\n${found}\n\n${END}${after}`);
    else expect(found).toBe(said);
  } finally {
    await tests.close();
    await remove(bundle);
  }
}, 600_000);
