import { type AnySetting, type ConfigValue, PORT_RANGE, programSettings, type Setting } from "@nexus/contract";
import { type z } from "zod";
import { choice, flag, integer, text } from "./fields";

type KeyBelow<P extends string, At> = At extends `${P}${infer Key}`
  ? Key extends `${string}.${string}`
    ? never
    : Key
  : never;

/** Configuration keys below a path that services read at run time. */
type Below<P extends string> = {
  [S in Extract<AnySetting, { at: string }> as KeyBelow<P, S["at"]>]: z.ZodDefault<z.ZodType<ConfigValue<S>>>;
};

/**
 * The contract's settings whose keys are directly below a path.
 * @param prefix the path with its last dot, such as "kernel.workspaces."; "" for the keys at the top
 */
export function settingsBelow<P extends string>(prefix: P): Below<P> {
  const all: Setting[] = Object.values(programSettings).flatMap((settings) => Object.values(settings));
  const fields = all.flatMap((setting) => {
    const key = "at" in setting && setting.at.startsWith(prefix) ? setting.at.slice(prefix.length) : ".";
    return key.includes(".") ? [] : [[key, schemaOf(setting)] as const];
  });
  return Object.fromEntries(fields) as Below<P>;
}

function schemaOf(setting: Setting): z.ZodType {
  const field = fieldOf(setting).describe(setting.text);
  return setting.default === null ? field.nullable().default(null) : field.default(setting.default);
}

function fieldOf(setting: Setting): z.ZodType {
  switch (setting.kind) {
    case "integer":
      return integer(setting.min, setting.max, setting.min, setting.unit);
    case "port":
      return integer(PORT_RANGE.min, PORT_RANGE.max);
    case "flag":
      return flag();
    case "choice":
      return choice(setting.words);
    default:
      return text(setting.form, setting.form.what, setting.form.example);
  }
}
