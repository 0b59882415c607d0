import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { forStack, NexusError } from "@nexus/host";
import { parse, stringify } from "yaml";
import { ROLLBACK_TO } from "../../components/releases";
import type { Release } from "../../components/releases/release";
import { openSession } from "../open-session";
import { releaseOf, releasesOf, schemaProblems } from "../stack-releases";
import type { StackOptions } from "../stack-settings";
import { up } from "./up";

export interface RollbackOptions extends StackOptions {
  /** Number of the release. */
  readonly to: string;
  readonly yes: boolean;
}

/** Where the stack is, and how often its secrets were rotated, is no part of a release. */
const KEPT = new Set(["nexus:cluster", "nexus:secrets"]);
const IMAGES = "nexus:images";

type StackFile = { readonly config?: Readonly<Record<string, unknown>> | null } & Readonly<Record<string, unknown>>;

/**
 * `npm run rollback`: an update with the images and the configuration of an earlier release, through the engine. The
 * stack's own file stays as it is.
 */
export async function rollback({ to, yes, ...options }: RollbackOptions): Promise<void> {
  if (!/^\d{1,9}$/.test(to))
    throw new NexusError(`--to: "${to}" is not the number of a release.`, ["Fix: npm run releases"]);
  const session = await openSession(options);
  const all = await releasesOf(session);
  const target = releaseOf(all, Number(to));
  if (target === all.at(-1)) throw new NexusError(`Release ${to} is the newest one; nothing was changed.`, []);
  const problems = schemaProblems(all, target);
  if (problems.length > 0) throw new NexusError(`Release ${to} cannot be gone back to. Nothing was changed:`, problems);
  const text = rolledBack(fs.readFileSync(session.settings.file, "utf8"), target);
  const newest = all.at(-1)?.secrets ?? {};
  const secrets = Object.keys(target.secrets).filter((name) => target.secrets[name] !== newest[name]);
  if (secrets.length > 0)
    process.stderr.write(
      `Secrets stay as they are now; these differ from those of release ${to}: ${secrets.join(", ")}\n`,
    );
  await withFile(`Pulumi.${options.stack}.yaml`, text, async (configFile) => {
    process.env[ROLLBACK_TO] = to;
    await up({ ...options, yes, configFile });
  });
  const next = `This is release ${to} again. \`npm run up\` deploys ${session.settings.file} and this checkout.\n`;
  process.stdout.write(forStack(next, options.stack));
}

/**
 * The stack file of a release: its configuration with the images that it ran, and today's secrets.
 * @throws NexusError if a secret that it had is not there any more
 */
export function rolledBack(text: string, { number, configuration, secretKeys, images }: Release): string {
  const file = (parse(text) ?? {}) as StackFile;
  const now = file.config ?? {};
  const gone = secretKeys.filter((key) => !(key in now));
  if (gone.length > 0)
    throw new NexusError(`Release ${number} had secrets that the stack no longer has. Nothing was changed:`, [
      ...gone.map((key) => `${key}: a release keeps only its hash. Fix: pulumi config set --secret ${key} <value>`),
    ]);
  const isKept = ([key, value]: [string, unknown]) => KEPT.has(key) || secretKeys.includes(key) || holdsSecret(value);
  const then = Object.entries(configuration).filter(([key]) => !KEPT.has(key));
  const config: Record<string, unknown> = {
    ...Object.fromEntries(then.map(([key, value]) => [key, readValue(value)])),
    ...Object.fromEntries(Object.entries(now).filter(isKept)),
  };
  const { [IMAGES]: settings } = config as { [IMAGES]?: object };
  config[IMAGES] = { ...settings, builder: "prebuilt", references: images };
  return stringify({ ...file, config });
}

function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || Object.values(value).some(holdsSecret);
}

/** The engine passes objects as JSON, and everything else as text. */
function readValue(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function withFile(name: string, text: string, work: (file: string) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-rollback-"));
  try {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text, { mode: 0o600 });
    await work(file);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
