import type { Pattern, Program, VariableDeclaration } from "acorn";
import { recursive } from "acorn-walk";
import { Deadline } from "./deadline";
import type { ExecutionError } from "./messages";
import { cutText, MAX_ERROR_BYTES } from "./output";
import { ImportedFiles, type ModuleScript, type SourceFile } from "./modules";
import { ParseTimeoutError } from "./parser";
import { readSource, unusedName } from "./source-code";
import { boundNames, hasTopLevelAwait, refuse, statementsOnly } from "./syntax";
import { TextEdits } from "./text-edits";

export interface Cell {
  /** Script text for the sandbox. */
  readonly code: string;
  /** The script's value is a promise of a box with the completion value. */
  readonly isAsync: boolean;
  /** Scripts of the files that it imports, to be run before it. */
  readonly modules: readonly ModuleScript[];
}

/** The code has no value; the error carries what the answer says. */
export class CellError extends Error {
  constructor(readonly error: ExecutionError) {
    super(error.message);
  }
}

/** Prepares code with `transform`; a CellError says what is wrong with it. */
export function transformSource<T>(
  transform: (code: string, deadline: Deadline) => T,
  code: string,
  timeoutMs: number,
): T {
  try {
    return transform(code, new Deadline(timeoutMs));
  } catch (error) {
    if (error instanceof ParseTimeoutError) throw timeoutError(timeoutMs);
    // A RangeError means that the code is nested too deeply for the parser, which is also an error of the code.
    const message = error instanceof SyntaxError ? error.message : "The code is nested too deeply";
    throw new CellError({
      code: "syntax_error",
      name: "SyntaxError",
      message: cutText(message, MAX_ERROR_BYTES).text,
      stack: "",
    });
  }
}

export function timeoutError(timeoutMs: number): CellError {
  const message = `The code did not end within ${timeoutMs} ms`;
  return new CellError({ code: "timeout", name: "TimeoutError", message, stack: "" });
}

/** Timers do not outlive the execution, so one that is due too late would never be called. */
export function timerError(timeoutMs: number): CellError {
  const message = `Code may run and wait for timers ${timeoutMs} ms, and its next timer is due later. Use a shorter delay, or clear the timer`;
  return new CellError({ code: "timeout", name: "TimeoutError", message, stack: "" });
}

/**
 * Prepares a cell so that what it declares at the top level stays for later cells and can be declared again.
 * Without top-level `await` it stays a script, whose completion value the engine knows; with it, an async function
 * is wrapped around it. Throws a SyntaxError for code that is neither JavaScript nor TypeScript.
 */
export function transformCell(code: string, deadline?: Deadline, files: readonly SourceFile[] = []): Cell {
  const { text, program } = readSource(code, { deadline });
  refuse(program, text, "export", "give the cell a file name as its title, such as util.js, and others can import it");
  const edits = new TextEdits(text);
  const imported = new ImportedFiles(files, deadline);
  if (hasTopLevelAwait(program)) {
    const async = new AsyncCell(edits, unusedName(code, "$completion"), imported);
    return { code: async.build(program), isAsync: true, modules: imported.scripts };
  }
  keepDeclarations(edits, program.body, imported);
  return { code: edits.apply(), isAsync: false, modules: imported.scripts };
}

/**
 * Prepares a handler: its code is the body of an async function with the parameter `input`, and its value what the code
 * returns. Throws a SyntaxError for code that is neither JavaScript nor TypeScript.
 */
export function transformHandler(code: string, deadline?: Deadline): string {
  const { text, program } = readSource(code, { deadline, allowReturnOutsideFunction: true });
  refuse(program, text, "import", "put what the handler needs into its code");
  refuse(program, text, "export", "a handler gives what it returns");
  return `(async (input) => {${text}\n})`;
}

/** Declarations of the top level become `var`, whose bindings are properties of the global object. */
function keepDeclarations(edits: TextEdits, statements: Program["body"], imported: ImportedFiles): void {
  for (const statement of statements) {
    if (statement.type === "ImportDeclaration") {
      edits.replaceLines(statement, `var ${imported.bindings(statement, edits.original)};`);
    } else if (statement.type === "VariableDeclaration" && statement.kind !== "var") {
      edits.replace(statement.start, statement.start + statement.kind.length, "var");
      for (const { id, init } of statement.declarations) {
        // `let x;` sets x to undefined each time it runs; `var x;` would keep the old value.
        if (!init) edits.insert(id.end, " = undefined");
      }
    } else if (statement.type === "ClassDeclaration") {
      edits.insert(statement.start, `var ${statement.id.name} = `);
      edits.insert(statement.end, ";");
    }
  }
}

/** Rewrites a cell with top-level `await` into a script whose value is a promise. */
class AsyncCell {
  private readonly names = new Set<string>();
  private readonly functions: string[] = [];

  /** @param completion the name that holds the completion value */
  constructor(
    private readonly edits: TextEdits,
    private readonly completion: string,
    private readonly imported: ImportedFiles,
  ) {}

  build(program: Program): string {
    for (const statement of program.body) this.visitTopLevel(statement);
    const { completion } = this;
    const globals = this.names.size > 0 ? `var ${[...this.names].join(", ")}; ` : "";
    const functions = this.functions.map((name) => `globalThis.${name} = ${name}; `).join("");
    // Returned bare, a promise would be awaited although the code does not await it. The box inherits no `then`.
    const box = `{ __proto__: null, value: ${completion} }`;
    return `${globals}(async () => { let ${completion}; ${functions}${this.edits.apply()}\n; return ${box}; })()`;
  }

  private visitTopLevel(statement: Program["body"][number]): void {
    if (statement.type === "FunctionDeclaration") {
      this.functions.push(statement.id.name);
    } else if (statement.type === "ClassDeclaration") {
      this.names.add(statement.id.name);
      this.edits.insert(statement.start, `void (${statement.id.name} = `);
      this.edits.insert(statement.end, ");");
    } else if (statement.type === "VariableDeclaration") {
      this.assign(statement, statement.kind !== "var");
    } else if (statement.type === "ImportDeclaration") {
      for (const { local } of statement.specifiers) this.names.add(local.name);
      this.edits.replaceLines(statement, `void (${this.imported.bindings(statement, this.edits.original)});`);
    } else {
      this.visit(statement);
    }
  }

  /** Inside blocks `let` and `const` stay local, but `var` belongs to the cell and so to the global object. */
  private visit(statement: Program["body"][number]): void {
    const loop = ({ left }: { readonly left: Pattern | VariableDeclaration }) => {
      if (left.type === "VariableDeclaration" && left.kind === "var") this.openLoopTarget(left);
    };
    recursive<undefined>(
      statement,
      undefined,
      {
        ExpressionStatement: ({ expression }) => {
          this.edits.insert(expression.start, `${this.completion} = (`);
          this.edits.insert(expression.end, ")");
        },
        VariableDeclaration: (declaration) => {
          if (declaration.kind === "var") this.assign(declaration, false);
        },
        ForStatement: ({ init, body }, state, walk) => {
          if (init?.type === "VariableDeclaration" && init.kind === "var") this.assign(init, false, "");
          walk(body, state);
        },
        ForInStatement: (statement, state, walk) => {
          loop(statement);
          walk(statement.body, state);
        },
        ForOfStatement: (statement, state, walk) => {
          loop(statement);
          walk(statement.body, state);
        },
      },
      statementsOnly,
    );
  }

  /** `let a = 1, {b} = c;` becomes `void (a = 1, {b} = c);`: assignments to globals declared before the function. */
  private assign(declaration: VariableDeclaration, resets: boolean, terminator = ";"): void {
    const first = declaration.declarations[0];
    if (!first) return;
    this.edits.replace(declaration.start, first.start, "void (");
    for (const { id, init } of declaration.declarations) {
      boundNames(id).forEach((name) => this.names.add(name));
      if (!init) this.edits.insert(id.end, resets ? " = undefined" : "");
    }
    const last = declaration.declarations.at(-1) ?? first;
    this.edits.replace(last.end, declaration.end, `)${terminator}`);
  }

  private openLoopTarget(declaration: VariableDeclaration): void {
    const target = declaration.declarations[0];
    if (!target) return;
    boundNames(target.id).forEach((name) => this.names.add(name));
    this.edits.replace(declaration.start, target.start, "");
  }
}
