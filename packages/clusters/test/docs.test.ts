import * as fs from "node:fs";
import { clusterDocsFile, withRights } from "../../../cli/cluster-docs";

test("docs/clusters.md has the rights as they are now", () => {
  const text = fs.readFileSync(clusterDocsFile, "utf8");
  expect(withRights(text)).toBe(text);
});
