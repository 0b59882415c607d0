import { z } from "zod";
import { settingsBelow } from "../settings";

/** Clusters that tenants add. */
export const clustersSection = z.strictObject(settingsBelow("clusters.")).prefault({});
