import { createHash } from "node:crypto";
import type {
  ExportAllDeclaration,
  ExportDefaultDeclaration,
  ExportNamedDeclaration,
  Identifier,
  ImportDeclaration,
  Literal,
  Node,
  Program,
} from "acorn";
import { fileNames, importedFile } from "../document/facts";
import type { Deadline } from "./deadline";
import { CodeLimitError, place } from "./parser";
import { readSource, unusedName } from "./source-code";
import { boundNames, hasTopLevelAwait } from "./syntax";
import { TextEdits } from "./text-edits";

/** A cell of the document that others import by its title. */
export interface SourceFile {
  readonly name: string;
  readonly code: string;
}

export interface ModuleScript {
  readonly name: string;
  /** It runs the file once for each content, and keeps what it exports. */
  readonly script: string;
}

interface ReadFile {
  readonly name: string;
  /** Of the file and of all that it imports. */
  readonly hash: string;
  readonly exports: ReadonlySet<string>;
}

type Export = ExportNamedDeclaration | ExportDefaultDeclaration | ExportAllDeclaration;

/** Script for the exports of all imported files together. `export *` repeats them in each file, so code alone is no bound. */
export const MAX_EXPORTS_LENGTH = 1024 * 1024;

/** Of a getter, beside the name and the value. */
const GETTER_LENGTH = 40;

/** Where a workspace keeps what its files export. */
const REGISTRY = 'globalThis[Symbol.for("nexus.files")]';

/** The files that code imports. */
export class ImportedFiles {
  /** Each after those that it imports. */
  readonly scripts: ModuleScript[] = [];
  private readonly read = new Map<string, ReadFile>();
  private readonly path: string[] = [];
  private exportsLength = 0;
  private readonly byName = new Map<string, SourceFile[]>();

  constructor(
    files: readonly SourceFile[],
    private readonly deadline: Deadline | undefined,
  ) {
    for (const file of files) this.byName.set(file.name, [...(this.byName.get(file.name) ?? []), file]);
  }

  /** The import as an assignment: `{ a: b } = exports`. */
  bindings(declaration: ImportDeclaration, code: string): string {
    const file = this.find(declaration.source, code);
    const value = `${REGISTRY}[${JSON.stringify(file.name)}].exports`;
    const whole = declaration.specifiers.flatMap(({ type, local }) =>
      type === "ImportNamespaceSpecifier" ? [`${local.name} = ${value}`] : [],
    );
    const parts = declaration.specifiers.flatMap((specifier) => {
      if (specifier.type === "ImportNamespaceSpecifier") return [];
      const name = specifier.type === "ImportDefaultSpecifier" ? "default" : nameOf(specifier.imported);
      this.require(file, name, specifier, code);
      return [`${JSON.stringify(name)}: ${specifier.local.name}`];
    });
    return [`{ ${parts.join(", ")} } = ${value}`, ...whole].join(", ");
  }

  /** Reads the file that an import names, unless it was read already. */
  find({ value, start }: Literal, code: string): ReadFile {
    const wanted = importedFile(String(value));
    if (wanted === undefined)
      throw new SyntaxError(
        `Code imports only files of its workspace, such as "./util.js", and not ${JSON.stringify(value)} ${place(code, start)}`,
      );
    const found = fileNames(wanted).find((each) => this.byName.has(each)) ?? wanted;
    const [file, other] = this.byName.get(found) ?? [];
    if (!file)
      throw new SyntaxError(
        `There is no file ${wanted}; a cell of the document whose title is ${wanted} is one ${place(code, start)}`,
      );
    if (other)
      throw new SyntaxError(
        `Two cells of the document are the file ${wanted}; give one another title ${place(code, start)}`,
      );
    const { name } = file;
    if (this.path.includes(name)) {
      const circle = [...this.path.slice(this.path.indexOf(name)), name].join(" → ");
      throw new FileError(`Files import each other: ${circle}; move what both need into a third one`);
    }
    const known = this.read.get(name);
    if (known) return known;
    this.path.push(name);
    const read = this.readFile(file);
    this.path.pop();
    this.read.set(name, read);
    return read;
  }

  /** Counts the script for what a file exports; throws when all together take too much. */
  countExports(length: number): void {
    this.exportsLength += length;
    if (this.exportsLength > MAX_EXPORTS_LENGTH)
      throw new CodeLimitError(
        "The files that this code imports export too many names, or too long ones; `export *` exports each again. Export one object instead",
      );
  }

  /** Throws where the file exports no such name. */
  require({ name, exports }: ReadFile, wanted: string, { start }: Node, code: string): void {
    if (exports.has(wanted)) return;
    const hint = name.endsWith("ts") ? `; if it is a type, write \`type ${wanted}\`` : "";
    const has = exports.size > 0 ? `exports ${[...exports].join(", ")}` : "exports nothing";
    throw new SyntaxError(`${name} ${has}, and not ${wanted}${hint} ${place(code, start)}`);
  }

  private readFile({ name, code }: SourceFile): ReadFile {
    try {
      return this.transform(name, code);
    } catch (error) {
      if (!(error instanceof SyntaxError) || error instanceof FileError || error instanceof CodeLimitError) throw error;
      throw new FileError(`${name}: ${error.message}`, { cause: error });
    }
  }

  private transform(name: string, code: string): ReadFile {
    const { text, program } = readSource(code, { deadline: this.deadline });
    if (hasTopLevelAwait(program)) throw new SyntaxError("A file must not await at its top level; export a function");
    const edits = new TextEdits(text);
    const own = unusedName(text, "$file");
    const exported = new Exports(this, edits, own);
    const hash = createHash("sha256").update(text);
    for (const statement of program.body) exported.add(statement, (file) => hash.update(file.hash));
    const digest = hash.digest("hex");
    const [key, value] = [JSON.stringify(name), JSON.stringify(digest)];
    const script =
      `{ const files = ${REGISTRY} ??= { __proto__: null }; if (files[${key}]?.hash !== ${value}) ` +
      `files[${key}] = { hash: ${value}, exports: ((${own}) => { "use strict"; ${exported.head} ${edits.apply()}\n` +
      `; return ${own}; })({ __proto__: null }) }; }`;
    this.scripts.push({ name, script });
    return { name, hash: digest, exports: exported.names };
  }
}

/** The reason names its files already. */
class FileError extends SyntaxError {}

/** Turns the imports and exports of a file into declarations and getters. */
class Exports {
  private readonly getters = new Map<string, string>();

  constructor(
    private readonly files: ImportedFiles,
    private readonly edits: TextEdits,
    private readonly own: string,
  ) {}

  get names(): ReadonlySet<string> {
    return new Set(this.getters.keys());
  }

  get head(): string {
    const one = ([name, value]: [string, string]) =>
      `${JSON.stringify(name)}: { enumerable: true, get: () => ${value} }`;
    return `Object.defineProperties(${this.own}, { ${[...this.getters].map(one).join(", ")} });`;
  }

  private set(name: string, value: string): void {
    this.files.countExports(GETTER_LENGTH + name.length + value.length);
    this.getters.set(name, value);
  }

  add(statement: Program["body"][number], uses: (file: ReadFile) => void): void {
    const { original } = this.edits;
    if (statement.type === "ImportDeclaration") {
      uses(this.files.find(statement.source, original));
      return this.edits.replaceLines(statement, `const ${this.files.bindings(statement, original)};`);
    }
    if (statement.type === "ExportDefaultDeclaration") return this.addDefault(statement);
    if (statement.type !== "ExportNamedDeclaration" && statement.type !== "ExportAllDeclaration") return;
    if (statement.source) return this.addFrom(statement, statement.source, uses);
    if (statement.type === "ExportAllDeclaration") return;
    const { declaration, specifiers } = statement;
    for (const { local, exported } of specifiers) this.set(nameOf(exported), nameOf(local));
    if (!declaration) return this.edits.replaceLines(statement, ";");
    const names =
      declaration.type === "VariableDeclaration"
        ? declaration.declarations.flatMap(({ id }) => boundNames(id))
        : [declaration.id.name];
    for (const name of names) this.set(name, name);
    this.edits.replace(statement.start, declaration.start, " ".repeat("export ".length));
  }

  private addDefault({ start, end, declaration }: ExportDefaultDeclaration): void {
    const isNamed = declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration";
    const name = isNamed && declaration.id ? declaration.id.name : `${this.own}default`;
    this.set("default", name);
    if (isNamed && declaration.id) return this.edits.replace(start, declaration.start, "");
    this.edits.replace(start, declaration.start, `const ${name} = `);
    this.edits.insert(end, ";");
  }

  /** `export { a as b } from "./c.js"`, and `export * from "./c.js"`. */
  private addFrom(
    statement: Exclude<Export, ExportDefaultDeclaration>,
    source: Literal,
    uses: (file: ReadFile) => void,
  ) {
    const { original } = this.edits;
    const file = this.files.find(source, original);
    uses(file);
    const whole = `${REGISTRY}[${JSON.stringify(file.name)}].exports`;
    if (statement.type === "ExportNamedDeclaration") {
      for (const specifier of statement.specifiers) {
        this.files.require(file, nameOf(specifier.local), specifier, original);
        this.set(nameOf(specifier.exported), `${whole}[${JSON.stringify(nameOf(specifier.local))}]`);
      }
    } else if (statement.exported) {
      this.set(nameOf(statement.exported), whole);
    } else {
      for (const name of file.exports)
        if (name !== "default" && !this.getters.has(name)) this.set(name, `${whole}[${JSON.stringify(name)}]`);
    }
    this.edits.replaceLines(statement, ";");
  }
}

const nameOf = (name: Identifier | Literal): string => (name.type === "Identifier" ? name.name : String(name.value));
