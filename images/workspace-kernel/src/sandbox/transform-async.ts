import type { ModuleDeclaration, Node, Pattern, Program, Statement, VariableDeclaration } from "acorn";
import type { TextEdits } from "./text-edits";

function boundNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        boundNames(property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? boundNames(element) : []));
    case "RestElement":
      return boundNames(pattern.argument);
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "MemberExpression":
      return [];
  }
}

/** Rewrites a cell with top-level `await` into a script whose value is a promise. */
export class AsyncCell {
  private readonly names = new Set<string>();
  private readonly functions: string[] = [];

  /** @param completion the name that holds the completion value */
  constructor(
    private readonly edits: TextEdits,
    private readonly completion: string,
  ) {}

  build(program: Program): string {
    for (const statement of program.body) this.visitTopLevel(statement);
    const { completion } = this;
    const globals = this.names.size > 0 ? `var ${[...this.names].join(", ")}; ` : "";
    const functions = this.functions.map((name) => `globalThis.${name} = ${name}; `).join("");
    // The value travels in an array: returned bare, a promise would be awaited although the code does not await it.
    return `${globals}(async () => { let ${completion}; ${functions}${this.edits.apply()}\n; return [${completion}]; })()`;
  }

  private visitTopLevel(statement: Statement | ModuleDeclaration): void {
    if (statement.type === "FunctionDeclaration") {
      this.functions.push(statement.id.name);
    } else if (statement.type === "ClassDeclaration") {
      this.names.add(statement.id.name);
      this.edits.insert(statement.start, `void (${statement.id.name} = `);
      this.edits.insert(statement.end, ");");
    } else if (statement.type === "VariableDeclaration") {
      this.assign(statement, statement.kind !== "var");
    } else {
      this.visit(statement);
    }
  }

  /** Inside blocks `let` and `const` stay local, but `var` belongs to the cell and so to the global object. */
  private visit(node: Node | null | undefined): void {
    const statement = node as Statement | null | undefined;
    switch (statement?.type) {
      case "ExpressionStatement":
        this.edits.insert(statement.expression.start, `${this.completion} = (`);
        this.edits.insert(statement.expression.end, ")");
        break;
      case "VariableDeclaration":
        if (statement.kind === "var") this.assign(statement, false);
        break;
      case "BlockStatement":
        statement.body.forEach((child) => this.visit(child));
        break;
      case "IfStatement":
        this.visit(statement.consequent);
        this.visit(statement.alternate);
        break;
      case "ForStatement":
        if (statement.init?.type === "VariableDeclaration" && statement.init.kind === "var")
          this.assign(statement.init, false, "");
        this.visit(statement.body);
        break;
      case "ForInStatement":
      case "ForOfStatement":
        if (statement.left.type === "VariableDeclaration" && statement.left.kind === "var")
          this.openLoopTarget(statement.left);
        this.visit(statement.body);
        break;
      case "WhileStatement":
      case "DoWhileStatement":
      case "LabeledStatement":
      case "WithStatement":
        this.visit(statement.body);
        break;
      case "TryStatement":
        this.visit(statement.block);
        this.visit(statement.handler?.body);
        this.visit(statement.finalizer);
        break;
      case "SwitchStatement":
        statement.cases.forEach((branch) => branch.consequent.forEach((child) => this.visit(child)));
        break;
      default:
        // Every other statement holds none, and has no completion value.
        break;
    }
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
