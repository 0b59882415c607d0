/** Role that owns the database, and with which a new database server starts. */
const OWNER = "nexus";

/** How often the secrets of a stack can be rotated. */
export const MOST_ROTATIONS = 1_000_000;

/**
 * The database role of a generation of its password. A rotation needs three generations at once: pods of the generation
 * before still run, and whoever reads the next one early must not be refused. So three roles take turns; before the first
 * rotation the owner logs in itself.
 */
export function databaseRole(generation: number): string {
  return generation === 0 ? OWNER : `${OWNER}_${["a", "b", "c"][(generation - 1) % 3]}`;
}
