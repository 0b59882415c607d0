import { FLAGS, MINIMA } from "./random-inputs";
import { RANDOM_VERSION } from "./sdk-version";

export const PASSWORD_TYPE = "random:index/randomPassword:RandomPassword";

/** The resources of the stand-in, in the engine's schema language; an import generates code from it. */
export function randomSchema(): object {
  const inputs = {
    length: { type: "integer" },
    ...Object.fromEntries([...FLAGS, "number"].map((name) => [name, { type: "boolean" }])),
    ...Object.fromEntries(MINIMA.map((name) => [name, { type: "integer" }])),
    overrideSpecial: { type: "string" },
    keepers: { type: "object", additionalProperties: { type: "string" } },
  };
  const secret = { type: "string", secret: true };
  const properties = { ...inputs, result: secret, bcryptHash: secret };
  const optional = ["overrideSpecial", "keepers"];
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  const resource = { properties, required, inputProperties: inputs, requiredInputs: ["length"] };
  return { name: "random", version: RANDOM_VERSION, resources: { [PASSWORD_TYPE]: resource } };
}
