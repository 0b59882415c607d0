/** What the code of a cell says about its top level. */
export interface CellFacts {
  /** Names that it declares at the top level, which stay for other cells. */
  readonly declares: readonly string[];
  /** Names of other cells that it reads, also inside of functions. */
  readonly uses: readonly string[];
  /** Names of other cells that it gives another value, and names that it makes without declaring them. */
  readonly assigns: readonly string[];
  /** Panels that it sets, as far as their names are written in the code. */
  readonly panels: readonly string[];
  /** Events that it emits, likewise. */
  readonly events: readonly string[];
  /** Why the code cannot be read; then nothing else is known. */
  readonly error?: string;
}

export const NO_FACTS: CellFacts = { declares: [], uses: [], assigns: [], panels: [], events: [] };
