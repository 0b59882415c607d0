import * as fs from "node:fs";
import { composeDocsFile, withTable } from "../../../cli/compose-docs";

describe("docs/compose.md", () => {
  it("E24 E30: has the table of every key as it is now", () => {
    const text = fs.readFileSync(composeDocsFile, "utf8");
    expect(withTable(text)).toBe(text);
  });
});
