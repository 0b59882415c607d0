/** How long one resource may take before the update fails; every wait is bounded. */
export const rolloutTimeouts = { create: "5m", update: "5m", delete: "3m" };

/** A pod that is not ready after this long fails its rollout. */
export const PROGRESS_DEADLINE_SECONDS = 180;
