import * as fs from "node:fs";
import { configDocs, configDocsFile } from "../../../cli/config-docs";
import { sections } from "../../../config/schema";
import { schemaNodes } from "../../../config/schema-tree";

describe("docs/configuration.md", () => {
  it("is what `npm run docs` makes of the schema", () => {
    expect(fs.readFileSync(configDocsFile, "utf8")).toBe(configDocs());
  });

  it("describes every key", () => {
    const silent = schemaNodes(sections).filter(({ description }) => !description);
    expect(silent.map(({ path }) => path.join("."))).toEqual([]);
  });
});
