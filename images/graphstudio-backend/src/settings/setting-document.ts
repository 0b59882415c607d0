import type { Setting } from "./setting-service";

/** A setting as it is answered. */
export const settingDocument = ({ madeBy, updatedAt, ...setting }: Setting) => ({
  ...setting,
  updated_at: updatedAt,
  updated_by: madeBy,
});
