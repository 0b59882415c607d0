import { merge } from "./merge";
import { full } from "./topologies/full";
import { mono } from "./topologies/mono";
import type { Preset } from "./topologies/preset";
import { python } from "./topologies/python";
import { runtime } from "./topologies/runtime";

/** A topology that takes everything it does not set itself from `full`. */
function onFull(changes: Preset): Preset {
  return merge(full, changes) as Preset;
}

/** Topologies by name. A new one is a new file in `topologies/` and a line here. */
export const presets = {
  full: full as Preset,
  python: onFull(python),
  mono: onFull(mono),
  runtime: onFull(runtime),
};
export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];
