import { Document, visit } from "yaml";
import type { KubernetesObject } from "./kubernetes/objects";

/** What kubectl takes for a number, or other readers for a value of their own, and what the library knows nothing of. */
const TAKEN_OTHERWISE = /^([-+]?(0[xob][\da-f_]+|(?=\.?\d)[\d_]*(\.[\d_]*)?(e[-+]?[\d_]+)?)|=)$/i;

/**
 * An object as YAML. Strings that readers of YAML 1.1, such as kubectl, would take for something else (`yes`, `0777`,
 * `12:30:45`) are in quotes.
 */
export function manifestText(object: KubernetesObject): string {
  const document = new Document(object, {
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
