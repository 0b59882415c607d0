import type { PlatformDescriptor } from "../local/platform/descriptor";
import type { StackSettings } from "./stack-settings";

/** A stack with everything a command needs to work on it. */
export interface Session {
  readonly settings: StackSettings;
  /** Environment of pulumi and kubectl. */
  readonly variables: Record<string, string>;
  readonly binDir: string;
  /** The cluster that this machine made for the stack; undefined if the stack uses a context. */
  readonly platform: PlatformDescriptor | undefined;
}
