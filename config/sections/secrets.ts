import { MOST_ROTATIONS } from "@nexus/contract";
import { z } from "zod";
import { integer } from "../fields";

/** The secrets that the stack generates. */
export const secretsSection = z
  .strictObject({
    rotation: integer(0, MOST_ROTATIONS)
      .describe("How often the secrets were rotated. One more rotates them; it never goes down, and skips no number.")
      .default(0),
  })
  .prefault({});
