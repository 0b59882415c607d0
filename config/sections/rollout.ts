import { z } from "zod";
import { integer } from "../fields";

/** How long an update waits for pods. */
export const rolloutSection = z
  .strictObject({
    deadlineSeconds: integer(30, 3600)
      .describe("Seconds a pod or a migration may take to get ready before the update fails and says why.")
      .default(180),
  })
  .prefault({});
