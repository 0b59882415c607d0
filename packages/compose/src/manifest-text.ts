import { Document, visit } from "yaml";

/**
 * Texts that kubectl reads as a number, or other parsers as another type, although the library does not quote them.
 */
const TAKEN_OTHERWISE = /^([-+]?(0[xob][\da-f_]+|(?=\.?\d)[\d_]*(\.[\d_]*)?(e[-+]?[\d_]+)?)|=)$/i;

/**
 * A value, such as an object of Kubernetes, as YAML. Strings that a YAML 1.1 parser, such as kubectl's, would read as another type (`yes`, `0777`,
 * `12:30:45`) are quoted.
 */
export function manifestText(value: object): string {
  const document = new Document(value, {
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
    sortMapEntries: false,
  });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "string" && TAKEN_OTHERWISE.test(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}
