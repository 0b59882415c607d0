import { z } from "zod";
import { settingsBelow } from "../settings";

/** Parts that are off until somebody asks for them. */
export const featuresSection = z.strictObject(settingsBelow("features.")).prefault({});
export type FeaturesSection = z.output<typeof featuresSection>;
