/** What makes a revision of a deployment. */
export const revisionActs = ["deploy", "rollback", "restart", "scale", "remove"] as const;
export type RevisionAct = (typeof revisionActs)[number];

/** How far a revision is. A skipped one was stopped by the failure of another target. */
export const revisionStates = ["queued", "applying", "applied", "failed", "skipped"] as const;
export type RevisionState = (typeof revisionStates)[number];
