import type { Kysely } from "kysely";
import { ProjectStore } from "./project-store";
import { SealedRows } from "./sealed-rows";
import type { StudioTables } from "./tables";

/** What projects and deployments are kept in. */
export const deployStores = (db: Kysely<StudioTables>) => ({
  projects: new ProjectStore(db),
  sealed: new SealedRows(db),
});
export type DeployStores = ReturnType<typeof deployStores>;
