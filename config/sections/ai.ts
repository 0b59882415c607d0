import { z } from "zod";
import { settingsBelow } from "../settings";

/** Chat and completion, wherever they are served. */
export const aiSection = z.strictObject(settingsBelow("ai.")).prefault({});
export type AiSection = z.output<typeof aiSection>;
