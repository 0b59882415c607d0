interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replacements at positions of the original text; everything else, line numbers included, stays as it was. */
export class TextEdits {
  private readonly edits: Edit[] = [];

  constructor(readonly original: string) {}

  replace(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text });
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** Replaces a node by a text of one line; the lines after it keep their numbers. */
  replaceLines({ start, end }: { readonly start: number; readonly end: number }, text: string): void {
    this.replace(start, end, text + this.original.slice(start, end).replace(/[^\n]/g, ""));
  }

  /** Edits must not overlap; at one position they apply in the order in which they were made. */
  apply(): string {
    let result = "";
    let position = 0;
    for (const { start, end, text } of [...this.edits].sort((a, b) => a.start - b.start)) {
      result += this.original.slice(position, start) + text;
      position = end;
    }
    return result + this.original.slice(position);
  }
}
