import type { RecordedResource } from "../guard/recorded";
import { type Release, releasesIn } from "./release";

/** The release of the last update that succeeded, according to the stack's state; undefined if there was none. */
export function newestRelease(recorded: readonly RecordedResource[]): Release | undefined {
  const records = recorded.find(({ type, name }) => type === "kubernetes:core/v1:ConfigMap" && name === "releases");
  return releasesIn(records?.outputs.data ?? {}).at(-1);
}
