import * as fs from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { type AuditHead, EMPTY_TRAIL, endLine, sealRow, verifyTrail } from "@nexus/contract";
import { verifyAudit } from "../../../cli/commands/audit";

/** A trail with rows from 1 on. */
function trail(rows: number, act = "tenant.renamed"): { lines: string[]; heads: AuditHead[] } {
  let head = EMPTY_TRAIL;
  const heads: AuditHead[] = [];
  const lines = Array.from({ length: rows }, () => {
    const { line, hash } = sealRow({ chain: "t", seq: head.seq + 1, act, target: {}, previous: head.hash });
    head = { seq: head.seq + 1, hash };
    heads.push(head);
    return line;
  });
  return { lines: [...lines, endLine("t", head)], heads };
}

const { lines, heads } = trail(6);
const other = trail(6, "tenant.created").lines;
const line = (number: number) => lines[number - 1] ?? "";
const without = (number: number) => lines.filter((_, index) => index !== number - 1);
const replaced = (number: number, text: string) => lines.with(number - 1, text);

test.each([
  ["content that was changed", replaced(3, line(3).replace("renamed", "created")), /^row 3 \(line 3\) was changed/],
  ["a row that was changed and hashed anew", replaced(3, other[2] ?? ""), /^row 3 .* does not follow row 2/],
  ["the first row, hashed anew", replaced(1, other[0] ?? ""), /^row 2 .* does not follow row 1/],
  ["the last row, hashed anew", replaced(6, other[5] ?? ""), /^row 6 .* does not follow row 5/],
  ["a space that was added", replaced(2, ` ${line(2)}`), /^row 2 .* was changed/],
  ["no JSON", replaced(4, "x"), /^line 4 is no row/],
  ["a list", replaced(4, "[]"), /^line 4 /],
  ["null", replaced(4, "null"), /^line 4 is no row/],
  ["a row that was removed", without(4), /^row 4 was removed before row 5/],
  ["two rows that were removed", lines.filter((_, index) => index !== 2 && index !== 3), /^rows 3 to 4 were removed/],
  ["the first row removed", without(1), /^row 1 was removed: no checkpoint/],
  ["the last row removed", without(6), /^row 6 was removed from the end/],
  ["the end removed", lines.slice(0, 4), /^the end of the export is missing after row 4/],
  ["a row twice", lines.toSpliced(3, 0, line(3)), /^row 3 \(line 4\) was inserted/],
  ["a row of another trail", lines.toSpliced(3, 0, line(3).replace('"t"', '"u"')), /^line 4 belongs to the trail u/],
  ["two rows that changed places", lines.with(2, line(4)).with(3, line(3)), /^row 3 was removed before row 4/],
  ["a row after the end", [...lines, line(1)], /^line 8 comes after the end/],
  ["nothing", [], /^the end of the export is missing after row 0/],
])("verify names the first row that is wrong: %s", async (_what, rows, problem) => {
  expect((await verifyTrail(rows)).problem).toMatch(problem);
});

test("a whole trail is whole, an empty one too", async () => {
  expect(await verifyTrail(lines)).toEqual({ rows: 6, head: heads[5], problem: undefined });
  expect(await verifyTrail([endLine("t", EMPTY_TRAIL)])).toMatchObject({ rows: 0, problem: undefined });
});

test("a trail that was written anew is found with the head of an earlier check", async () => {
  expect((await verifyTrail(other)).problem).toBeUndefined();
  expect((await verifyTrail(other, heads[3])).problem).toMatch(/^row 4 .* another one than before/);
  expect((await verifyTrail(trail(3).lines, heads[3])).problem).toMatch(/^row 4 was removed from the end/);
  expect((await verifyTrail(lines, heads[3])).problem).toBeUndefined();
});

describe("npm run audit -- verify", () => {
  const written: string[] = [];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-audit-"));
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  beforeEach(() => {
    written.length = 0;
    jest.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  });
  afterEach(() => jest.restoreAllMocks());

  const file = (name: string, content: readonly string[]) => {
    const full = path.join(folder, name);
    fs.writeFileSync(full, `${content.join("\n")}\n`);
    return full;
  };

  test("reads a file", async () => {
    const head = `6:${heads[5]?.hash ?? ""}`;
    await verifyAudit(file("whole", lines), { head });
    expect(written).toEqual([`The audit trail is whole: 6 rows. Keep its head for the next check: --head ${head}\n`]);
    await expect(verifyAudit(file("broken", without(2)), {})).rejects.toThrow(
      "The audit trail is broken: row 2 was removed before row 3 (line 2).",
    );
    await expect(verifyAudit(path.join(folder, "none"), {})).rejects.toThrow("none cannot be read: ENOENT");
    await expect(verifyAudit(file("whole", lines), { head: "6" })).rejects.toThrow("--head 6 is not a head");
  });

  test("takes names with every kind of character, and a file without a last line break", async () => {
    const target = { name: "a\u2028b\u2029c\u0085d \u{1f9f5} \ud800 \u05d0" };
    const { line, hash } = sealRow({ chain: "t", seq: 1, act: "x", target, previous: EMPTY_TRAIL.hash });
    const full = file("names", []);
    fs.writeFileSync(full, [line, endLine("t", { seq: 1, hash })].join("\n"));
    await verifyAudit(full, {});
    expect(written[0]).toContain("whole: 1 rows");
  });

  test("asks the studio, with the token of the environment", async () => {
    const server = createServer((request, response) => {
      const allowed = request.headers.authorization === "Bearer a.b.c" && request.url === "/account/tenants/t/audit";
      response.writeHead(allowed ? 200 : 403).end(allowed ? lines.join("\n") : "no");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await expect(verifyAudit(undefined, { url, tenant: "t" })).rejects.toThrow("NEXUS_TOKEN");
      process.env.NEXUS_TOKEN = "a.b.c";
      await verifyAudit(undefined, { url, tenant: "t" });
      expect(written[0]).toContain("whole: 6 rows");
      await expect(verifyAudit(undefined, { url, tenant: "u" })).rejects.toThrow("answers 403: no");
    } finally {
      delete process.env.NEXUS_TOKEN;
      server.close();
    }
  });
});
