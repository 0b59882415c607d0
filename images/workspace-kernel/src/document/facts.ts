const FILE_NAME = /^\w[\w.-]*\.[jt]s$/;

/** Whether a cell with this title is a file: it does not run by itself, and others import it. */
export const isFileName = (title: string): boolean => FILE_NAME.test(title);

/** The file that `import` names; undefined for something else. */
export function importedFile(specifier: string): string | undefined {
  const name = specifier.startsWith("./") ? specifier.slice(2) : "";
  return isFileName(name) ? name : undefined;
}

/** An import of a name may mean a TypeScript file, as in other tools. */
export const fileNames = (imported: string): string[] => [imported, imported.replace(/js$/, "ts")];

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
  /** Files that it imports, with the names of what it takes from them. */
  readonly imports?: readonly { readonly file: string; readonly names: readonly string[] }[];
  /** Why the code cannot be read; then nothing else is known. */
  readonly error?: string;
}

export const NO_FACTS: CellFacts = { declares: [], uses: [], assigns: [], panels: [], events: [] };
