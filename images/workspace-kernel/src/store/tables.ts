import type { Generated } from "kysely";

/** Tables of the schema `kernel`. */
export interface KernelTables {
  "kernel.workspaces": WorkspacesTable;
  "kernel.pods": PodsTable;
}

interface WorkspacesTable {
  id: string;
  tenant_id: string;
  name: string;
  owner_pod: string | null;
  owner_url: string | null;
  /** Grows with each new owner; a write by an earlier owner does not match any more. */
  epoch: Generated<number>;
  lease_expires_at: Date | null;
  memory_bytes: Generated<number>;
  created_at: Generated<Date>;
  last_active_at: Generated<Date>;
}

interface PodsTable {
  name: string;
  url: string;
  active: number;
  capacity: number;
  heartbeat_at: Date;
}
