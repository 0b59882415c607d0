import type { Finding } from "@nexus/discovery";

/** What the last scan of a cluster found. */
export interface ClusterScan {
  readonly at: string;
  readonly namespaces: readonly string[];
  /** Best first. */
  readonly findings: readonly Finding[];
  /** What it could not read, in sentences. */
  readonly notes: readonly string[];
}
