import { z } from "zod";
import { settingsBelow } from "../settings";

/** Who may call the kernel. */
export const authSection = z.strictObject(settingsBelow("auth.")).prefault({});
