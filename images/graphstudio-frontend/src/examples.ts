import type { CellContent } from "./api/document";
import { i18n } from "./i18n";
import { exampleCells, type ExampleName } from "./i18n/untranslated-examples";

/** An example as a notebook file, in the chosen language. */
export function exampleFile(name: ExampleName): string {
  const text: CellContent = { title: "", kind: "markdown", code: i18n.t(`examples:texts.${name}`) };
  const cells = [text, ...exampleCells[name]].map(({ title, kind, code, auto }) => ({
    cell_type: kind,
    metadata: { ...(title !== "" && { title }), ...(auto && { nexus: { auto } }) },
    source: code,
  }));
  return JSON.stringify({ nbformat: 4, metadata: {}, cells });
}
