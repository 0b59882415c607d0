import { type Node, parse, type Program, type Statement, type ModuleDeclaration } from "acorn";
import { AsyncCell } from "./transform-async";
import { TextEdits } from "./text-edits";

export interface Cell {
  /** Script text for the sandbox. */
  readonly code: string;
  /** The script's value is a promise of a one-element array with the completion value. */
  readonly isAsync: boolean;
}

/** A name that the code does not contain, for our own use inside it. */
function unusedName(code: string): string {
  let name = "$completion";
  while (code.includes(name)) name += "$";
  return name;
}

/** Whether `await` (or `for await`) stands outside every function. */
export function hasTopLevelAwait(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(hasTopLevelAwait);
  if (typeof node !== "object" || node === null || !("type" in node)) return false;
  const { type } = node as Node;
  if (type === "AwaitExpression" || (type === "ForOfStatement" && "await" in node && node.await)) return true;
  if (type === "FunctionDeclaration" || type === "FunctionExpression" || type === "ArrowFunctionExpression")
    return false;
  return Object.values(node).some(hasTopLevelAwait);
}

/** Declarations of the top level become `var`, whose bindings are properties of the global object. */
function keepDeclarations(edits: TextEdits, statements: readonly (Statement | ModuleDeclaration)[]): void {
  for (const statement of statements) {
    if (statement.type === "VariableDeclaration" && statement.kind !== "var") {
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

/**
 * Prepares a cell so that what it declares at the top level stays for later cells and can be declared again.
 * Without top-level `await` it stays a script, whose completion value the engine knows; with it, an async function
 * is wrapped around it. Throws a SyntaxError for code that is not JavaScript.
 */
export function transformCell(code: string): Cell {
  const program: Program = parse(code, {
    ecmaVersion: "latest",
    sourceType: "script",
    allowAwaitOutsideFunction: true,
    allowHashBang: false,
  });
  const edits = new TextEdits(code);
  if (hasTopLevelAwait(program.body)) {
    return { code: new AsyncCell(edits, unusedName(code)).build(program), isAsync: true };
  }
  keepDeclarations(edits, program.body);
  return { code: edits.apply(), isAsync: false };
}

/**
 * Prepares a handler: its code is the body of an async function with the parameter `input`, and its value what the code
 * returns. Throws a SyntaxError for code that is not JavaScript.
 */
export function transformHandler(code: string): string {
  parse(code, {
    ecmaVersion: "latest",
    sourceType: "script",
    allowAwaitOutsideFunction: true,
    allowReturnOutsideFunction: true,
    allowHashBang: false,
  });
  return `(async (input) => {${code}\n})`;
}
