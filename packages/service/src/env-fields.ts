import { readFileSync } from "node:fs";
import {
  type authSettings,
  type EnvOf,
  type keySettings,
  PORT_RANGE,
  type Setting,
  type Settings,
  valuesOf,
} from "@nexus/contract";
import { z } from "zod";

/** Files that settings name, by the content that they had. */
const files = new Map<string, string>();

/**
 * What the file of a setting holds now. An operator renews its authority while pods run, and the kubelet then changes the
 * file.
 */
export function currentContent(content: string): string {
  const path = files.get(content);
  try {
    return path === undefined ? content : readFileSync(path, "utf8");
  } catch {
    // While it is replaced, the former one is as good.
    return content;
  }
}

/** The environment of a service, according to the contract. */
export function envSchema<S extends Settings>(settings: S) {
  const fields = Object.entries(settings).map(([variable, setting]) => [variable, withDefault(setting)]);
  return z.object(Object.fromEntries(fields) as { [V in keyof S]: z.ZodType<EnvOf<S>[V]> });
}

function withDefault(setting: Setting): z.ZodType {
  if (setting.default === null) return fieldOf(setting).optional();
  return setting.default === undefined ? fieldOf(setting) : fieldOf(setting).prefault(String(setting.default));
}

function fieldOf(setting: Setting): z.ZodType {
  const error = `give ${valuesOf(setting)}${"fixed" in setting ? `: ${setting.fixed}` : ""}`;
  const integer = (fits: (value: number) => boolean) => z.coerce.number({ error }).int(error).refine(fits, { error });
  const oneOf = (words: readonly string[]) => z.enum(words as [string, ...string[]], { error });
  switch (setting.kind) {
    case "integer":
      return integer((value) => value >= setting.min && value <= setting.max);
    case "port":
      return integer((value) => value === 0 || (value >= PORT_RANGE.min && value <= PORT_RANGE.max));
    case "flag":
      return oneOf(["true", "false"]).transform((value) => value === "true");
    case "choice":
      return oneOf(setting.words);
    case "text":
      return z.string({ error }).refine(setting.form.test, { error });
    case "list":
      return z
        .string({ error })
        .refine(setting.form.test, { error })
        .transform((names) => names.split(","));
    case "file":
      return z.string({ error }).transform((path, context) => {
        try {
          const content = readFileSync(path, "utf8");
          files.set(content, path);
          return content;
        } catch {
          context.addIssue({ code: "custom", message: error, input: path });
          return z.NEVER;
        }
      });
  }
}

export type JwtEnv = Partial<EnvOf<typeof keySettings>>;
export type AuthEnv = Partial<EnvOf<typeof authSettings>> & Pick<EnvOf<typeof authSettings>, "AUTH_ENABLED">;

/** For `superRefine`: the dependencies between the settings of authentication. */
export function checkAuth(env: AuthEnv, context: z.core.$RefinementCtx): void {
  const problem = (key: keyof AuthEnv, message: string) =>
    context.addIssue({ code: "custom", path: [key], message, input: env[key] });
  if (!env.AUTH_ENABLED) return;
  if (env.AUTH_JWKS_URL !== undefined && env.AUTH_ISSUER === undefined)
    problem("AUTH_ISSUER", "give the issuer whose keys AUTH_JWKS_URL serves, as its tokens name it");
  if (env.AUTH_JWKS_URL === undefined && jwtKeys(env).length === 0)
    problem(
      "JWT_SECRET_KEY",
      "give the key that signs access tokens (at least 32 characters), or AUTH_ISSUER and AUTH_JWKS_URL, or set AUTH_ENABLED to false",
    );
}

/** Accepted keys, the signing key first. Empty if none is set. */
export function jwtKeys(env: JwtEnv): string[] {
  const keys = [env.JWT_SECRET_KEY ?? env.JWT_SECRET, env.JWT_SECRET_KEY_PREVIOUS, env.JWT_SECRET_KEY_NEXT];
  return keys.filter((key) => key !== undefined);
}
