import type { AnyNode, CallExpression, Identifier, Literal, MemberExpression, Node, Program } from "acorn";
import { type CellFacts, importedFile, NO_FACTS } from "../document/facts";
import { Deadline } from "./deadline";
import { ParseTimeoutError } from "./parser";
import { readSource } from "./source-code";
import { CellError, transformSource } from "./transform";

/** What a name in the code does: it reads a value, gives one, both, or is the place where a declaration binds it. */
type Way = "reads" | "assigns" | "updates" | "binds";

/** Nodes between two checks of the clock. */
const NODES = 1024;

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const PANEL_CALLS = new Set(["set", "update"]);
const GLOBAL = "globalThis";

/** What cells say about their top levels, up to the one at which the time ends; one that cannot be read says why. */
export function factsOf(codes: readonly string[], timeoutMs: number): CellFacts[] {
  const deadline = new Deadline(timeoutMs);
  const all: CellFacts[] = [];
  for (const code of codes) {
    try {
      const read = (text: string) => new CellReader(deadline).read(readSource(text, { deadline }).program);
      all.push(transformSource(read, code, timeoutMs));
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      if (error.error.code === "timeout") break;
      all.push({ ...NO_FACTS, error: error.error.message });
    }
  }
  return all;
}

/**
 * Reads a cell in linear time: it counts for each name the declarations around the present place, so it searches no chain
 * of scopes. A declaration counts from the start of its scope, as in the language.
 */
class CellReader {
  private readonly around = new Map<string, number>();
  private readonly uses = new Set<string>();
  private readonly assigns = new Set<string>();
  private readonly panels = new Set<string>();
  private readonly events = new Set<string>();
  private readonly imports = new Map<string, Set<string>>();
  private nodes = 0;

  constructor(private readonly deadline: Deadline) {}

  read(program: Program): CellFacts {
    const declares = new Set([...lexicalNames(program.body), ...hoistedNames(program)]);
    for (const statement of program.body) this.visit(statement);
    const foreign = (names: ReadonlySet<string>) => [...names].filter((name) => !declares.has(name));
    return {
      declares: [...declares],
      uses: foreign(this.uses),
      assigns: foreign(this.assigns),
      panels: [...this.panels],
      events: [...this.events],
      ...(this.imports.size > 0 && {
        imports: [...this.imports].map(([file, names]) => ({ file, names: [...names] })),
      }),
    };
  }

  private visit(node: AnyNode | null | undefined, way: Way = "reads"): void {
    if (!node) return;
    this.nodes += 1;
    if (this.nodes % NODES === 0 && this.deadline.isOver) throw new ParseTimeoutError();
    switch (node.type) {
      case "Identifier":
        return this.see(node.name, way);
      case "MemberExpression":
        return this.member(node, way);
      case "Property":
        if (node.computed) this.visit(node.key);
        return this.visit(node.value, way);
      case "MethodDefinition":
      case "PropertyDefinition":
        if (node.computed) this.visit(node.key);
        return this.visit(node.value);
      case "ObjectPattern":
        return node.properties.forEach((property) => this.visit(property, way));
      case "ArrayPattern":
        return node.elements.forEach((element) => this.visit(element, way));
      case "RestElement":
        return this.visit(node.argument, way);
      case "AssignmentPattern":
        this.visit(node.left, way);
        return this.visit(node.right);
      case "VariableDeclarator":
        this.visit(node.id, "binds");
        return this.visit(node.init);
      case "AssignmentExpression":
        // Once, also where it reads and assigns: what is nested in it would take twice as long with each level.
        this.visit(node.left, node.operator === "=" ? "assigns" : "updates");
        return this.visit(node.right);
      case "UpdateExpression":
        return this.visit(node.argument, "updates");
      case "ForInStatement":
      case "ForOfStatement":
        return this.within(lexicalNames([node.left]), () => {
          this.visit(node.left, "assigns");
          this.visit(node.right);
          this.visit(node.body);
        });
      case "ForStatement":
        return this.within(lexicalNames([node.init]), () => this.children(node));
      case "BlockStatement":
        return this.within(lexicalNames(node.body), () => this.children(node));
      case "StaticBlock":
        return this.within([...lexicalNames(node.body), ...node.body.flatMap(hoistedNames)], () => this.children(node));
      case "SwitchStatement":
        this.visit(node.discriminant);
        return this.within(lexicalNames(node.cases.flatMap(({ consequent }) => consequent)), () =>
          node.cases.forEach((one) => this.visit(one)),
        );
      case "CatchClause":
        return this.within(boundNames(node.param), () => {
          this.visit(node.param, "binds");
          this.visit(node.body);
        });
      case "ClassDeclaration":
      case "ClassExpression":
        return this.within(node.id ? [node.id.name] : [], () => {
          this.visit(node.superClass);
          this.visit(node.body);
        });
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression": {
        const own = node.type === "FunctionExpression" && node.id ? [node.id.name] : [];
        const given = node.type === "ArrowFunctionExpression" ? [] : ["arguments"];
        return this.within([...own, ...given, ...node.params.flatMap(boundNames), ...hoistedNames(node.body)], () => {
          for (const parameter of node.params) this.visit(parameter, "binds");
          this.visit(node.body);
        });
      }
      case "LabeledStatement":
        return this.visit(node.body);
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
        return;
      case "ImportDeclaration":
        return this.import(
          node.source,
          node.specifiers.map((each) => (each.type === "ImportSpecifier" ? each.imported : each.local)),
        );
      case "ExportAllDeclaration":
        return this.import(node.source, []);
      case "ExportNamedDeclaration": {
        const names = node.specifiers.map(({ local }) => local);
        if (node.source) return this.import(node.source, names);
        this.visit(node.declaration);
        return names.forEach((name) => this.visit(name));
      }
      case "CallExpression":
        this.call(node);
        return this.children(node);
      default:
        return this.children(node);
    }
  }

  private children(node: AnyNode): void {
    for (const child of childrenOf(node)) this.visit(child);
  }

  private see(name: string, way: Way): void {
    if (way === "binds" || this.isLocal(name)) return;
    if (way !== "assigns") this.uses.add(name);
    if (way !== "reads") this.assigns.add(name);
  }

  private isLocal(name: string): boolean {
    return (this.around.get(name) ?? 0) > 0;
  }

  /** `globalThis.x` is the name `x`. */
  private member({ object, property, computed }: MemberExpression, way: Way): void {
    const isGlobal = object.type === "Identifier" && object.name === GLOBAL && !this.isLocal(GLOBAL);
    if (isGlobal && !computed && property.type === "Identifier" && !this.isLocal(property.name))
      return this.see(property.name, way);
    this.visit(object);
    if (computed) this.visit(property);
  }

  private call({ callee, arguments: [first] }: CallExpression): void {
    const name = first?.type === "Literal" && typeof first.value === "string" ? first.value : undefined;
    if (name === undefined) return;
    if (callee.type === "Identifier" && callee.name === "emit" && !this.isLocal("emit")) this.events.add(name);
    if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier" || this.isLocal("view")) return;
    const { object, property } = callee;
    if (object.name === "view" && property.type === "Identifier" && PANEL_CALLS.has(property.name))
      this.panels.add(name);
  }

  private import({ value }: Literal, names: readonly (Identifier | Literal)[]): void {
    const file = importedFile(String(value));
    if (file === undefined) return;
    const known = this.imports.get(file) ?? new Set<string>();
    this.imports.set(file, known);
    for (const name of names) known.add(name.type === "Identifier" ? name.name : String(name.value));
  }

  private within(names: readonly string[], work: () => void): void {
    for (const name of names) this.around.set(name, (this.around.get(name) ?? 0) + 1);
    work();
    for (const name of names) this.around.set(name, (this.around.get(name) ?? 1) - 1);
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

function childrenOf(node: Node): AnyNode[] {
  return Object.values(node).flat().filter(isNode) as AnyNode[];
}

/** The names that a pattern binds. */
function boundNames(pattern: AnyNode | null | undefined): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((each) => boundNames(each.type === "Property" ? each.value : each));
    case "ArrayPattern":
      return pattern.elements.flatMap(boundNames);
    case "RestElement":
      return boundNames(pattern.argument);
    case "AssignmentPattern":
      return boundNames(pattern.left);
    default:
      return [];
  }
}

/** The names that statements declare for their block alone. */
function lexicalNames(statements: readonly (AnyNode | null | undefined)[]): string[] {
  return statements.flatMap((statement) => {
    if (statement?.type === "VariableDeclaration")
      return statement.kind === "var" ? [] : statement.declarations.flatMap(({ id }) => boundNames(id));
    if (statement?.type === "ImportDeclaration") return statement.specifiers.map(({ local }) => local.name);
    if (statement?.type === "ExportNamedDeclaration" || statement?.type === "ExportDefaultDeclaration")
      return lexicalNames([statement.declaration as AnyNode | null | undefined]);
    const isNamed = statement?.type === "FunctionDeclaration" || statement?.type === "ClassDeclaration";
    return isNamed && statement.id ? [statement.id.name] : [];
  });
}

/** The names that belong to the function around a node: each `var` in it, and functions in its blocks. */
function hoistedNames(root: AnyNode): string[] {
  const names: string[] = [];
  const look = (node: AnyNode): void => {
    if (node.type === "VariableDeclaration" && node.kind === "var")
      names.push(...node.declarations.flatMap(({ id }) => boundNames(id)));
    if (node.type === "FunctionDeclaration") names.push(...boundNames(node.id));
    if (FUNCTIONS.has(node.type) || node.type === "StaticBlock") return;
    childrenOf(node).forEach(look);
  };
  look(root);
  return names;
}
