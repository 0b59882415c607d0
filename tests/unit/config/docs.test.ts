import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";
import { configDocs, configDocsFile } from "../../../cli/config-docs";
import { settingsDocsFiles, withSettings } from "../../../cli/settings-docs";
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

test.each(settingsDocsFiles)("the settings in %s are what `npm run docs` makes of the contract", (file) => {
  const document = fs.readFileSync(path.join(repositoryRoot, file), "utf8");
  expect(document).toContain("| variable | what it does |");
  expect(document).toBe(withSettings(file, document));
});
