import { presentProgram } from "./kind/cluster-programs";
import { DockerEngine } from "./kind/docker-engine";
import { readKindRecord } from "./kind/record";
import { InstanceLayout } from "./platform/layout";
import { platformSupport } from "./platform/prerequisites";
import { KIND_VERSION } from "./toolchain/official-kind";

/** Where `npm run up` makes a cluster. */
export type PlatformKind = "local" | "kind";
/** What a stack may ask for; `auto` is the local platform where it can run, else kind. */
export type WantedPlatform = PlatformKind | "auto";

export const platformNames: Readonly<Record<PlatformKind, string>> = {
  local: "local platform",
  kind: "kind cluster",
};

export interface PlatformChoice {
  readonly kind: PlatformKind;
  /** The reason for this choice, in a few words. */
  readonly reason: string;
}

/** The cluster that was made for `home`, running or not; undefined if there is none. */
export function recordedPlatform(home: string): PlatformKind | undefined {
  if (readKindRecord(home)) return "kind";
  return InstanceLayout.read(home) && "local";
}

/**
 * The cluster that was made for `home`, if it is of the kind that the stack wants.
 * @throws Error if it is of the other kind
 */
export function recordedFor(wanted: WantedPlatform, home: string): PlatformKind | undefined {
  const there = recordedPlatform(home);
  if (there === undefined || wanted === "auto" || wanted === there) return there;
  throw new Error(
    `nexus:cluster.kind "${wanted}" contradicts ${home}, which holds a ${platformNames[there]}. ` +
      "Fix: npm run destroy, then npm run up",
  );
}

/**
 * The engine and the program of `home`'s kind cluster, or those that would make it.
 * @throws Error that says what is missing
 */
export async function kindMeans(home: string): Promise<string> {
  const record = readKindRecord(home);
  const engine = await DockerEngine.find(record);
  const program = await presentProgram(record?.program);
  return `Docker engine at ${engine.host}, ${program?.name ?? `kind ${KIND_VERSION}, to be downloaded`}`;
}

/**
 * The kind of cluster that a stack uses on this machine. It never changes while a cluster exists: `auto` then means the
 * existing kind.
 * @throws Error in one line that says what each kind needs, or that the other kind exists
 */
export async function choosePlatform(wanted: WantedPlatform, home: string): Promise<PlatformChoice> {
  const there = recordedFor(wanted, home);
  if (there !== undefined) return { kind: there, reason: "it is there" };
  if (wanted !== "auto") return { kind: wanted, reason: "nexus:cluster.kind asks for it" };
  const support = platformSupport();
  if (support.supported) return { kind: "local", reason: `it ${support.reason}` };
  try {
    return { kind: "kind", reason: `the local platform ${support.reason}; ${await kindMeans(home)}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The local platform ${support.reason}, and a kind cluster needs Docker: ${reason}`);
  }
}
