import type { DatabasePlace } from "@nexus/contract";
import { presets } from "./presets";
import { postgresSection } from "./sections/data";

/** The place in the configuration of a release, as it was set: with the defaults of its preset. */
export function databasePlace(configuration: Readonly<Record<string, string>>): DatabasePlace {
  const { mode, restoreFrom } = JSON.parse(configuration["nexus:postgres"] ?? "{}") as Partial<DatabasePlace>;
  const topology = configuration["nexus:topology"] ?? "full";
  const preset = Object.entries(presets).find(([name]) => name === topology)?.[1];
  const usual = preset?.postgres?.mode;
  return { mode: postgresSection.shape.mode.parse(mode ?? usual), restoreFrom: restoreFrom ?? null };
}
