import { Parser } from "acorn";
import { bounded, type ParseOptions, ParseTimeoutError, place, SYNTAX } from "./parser";
import type { tsPlugin } from "./typescript-plugin";

/** The code has something of TypeScript that cannot be taken out, because it makes values. */
export class ErasureError extends SyntaxError {}

/** A node of the tree; TypeScript's nodes are not among the types of acorn. */
interface TypedNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [part: string]: unknown;
}

/** What is more than types, with what to write instead. */
const REFUSED: Readonly<Record<string, readonly [what: string, instead: string]>> = {
  TSEnumDeclaration: ["An enum", "write an object, such as `const Color = { Red: 0, Green: 1 } as const`"],
  TSModuleDeclaration: ["A namespace", "write an object, or declare what is in it at the top level"],
  TSParameterProperty: ["A parameter property", "declare a field, and set it in the constructor"],
  TSTypeAssertion: ["A type in front of a value", "write `value as Type`"],
  TSImportEqualsDeclaration: ["`import =`", "write `const name = value`"],
  TSExportAssignment: ["`export =`", "write `export default`"],
  Decorator: ["A decorator", "call the function yourself"],
};

const TYPES = new Set(["TSTypeParameterDeclaration", "TSTypeParameterInstantiation"]);
const DECLARATIONS = new Set([
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "TSDeclareFunction",
  "TSIndexSignature",
  "TSNamespaceExportDeclaration",
]);
/** Where the next line could go on with the statement, once a type at its end is gone. */
const STATEMENTS = new Set([
  "ExpressionStatement",
  "VariableDeclaration",
  "ReturnStatement",
  "ThrowStatement",
  "PropertyDefinition",
]);
const LOOPS = new Set(["ForStatement", "ForInStatement", "ForOfStatement"]);
const MODIFIERS = /\b(?:public|private|protected|readonly|override|abstract|declare)\b/g;
const LINE_END = /[\n\r\u2028\u2029]/;

let parser: typeof Parser | undefined;

/** The plugin is a quarter of all code of a thread, and loaded when code has types for the first time in it. */
function typeScriptParser(): typeof Parser {
  // Parsing waits for nothing, so that `import()` cannot be used.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const load = () => require("./typescript-plugin") as { readonly tsPlugin: typeof tsPlugin };
  return (parser ??= Parser.extend(load().tsPlugin(), bounded));
}

/**
 * Puts spaces in the place of types, so that what is left is JavaScript at the same positions. Throws a SyntaxError for
 * what is not TypeScript, and an ErasureError for what is more than types.
 */
export function withoutTypes(code: string, options: ParseOptions): string {
  return new Erasure(code).of(parse(code, options));
}

function parse(code: string, options: ParseOptions): TypedNode {
  try {
    return typeScriptParser().parse(code, { ...SYNTAX, ...options, locations: true }) as unknown as TypedNode;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError || error instanceof ParseTimeoutError) throw error;
    throw new SyntaxError("The code is neither JavaScript nor TypeScript that can be read", { cause: error });
  }
}

const isNode = (value: unknown): value is TypedNode =>
  typeof value === "object" && value !== null && typeof (value as { readonly type?: unknown }).type === "string";
const nodeAt = (value: unknown): TypedNode | undefined => (isNode(value) ? value : undefined);
const nodesAt = (value: unknown): TypedNode[] => (Array.isArray(value) ? value.filter(isNode) : []);

class Erasure {
  private readonly units: string[];
  /** Where the last type was that is gone. */
  private last = { start: -1, end: -1 };

  constructor(private readonly code: string) {
    this.units = code.split("");
  }

  of(program: TypedNode): string {
    this.children(program);
    return this.units.join("");
  }

  private visit(node: TypedNode): void {
    const refused = REFUSED[node.type];
    const isDeclared = node.declare === true || node.abstract === true;
    if (DECLARATIONS.has(node.type) || (isDeclared && node.type !== "ClassDeclaration") || node.declare === true)
      return this.statement(node);
    if (node.importKind === "type" || node.exportKind === "type")
      return /Specifier$/.test(node.type) ? this.specifier(node) : this.statement(node);
    if (refused) this.refuse(node, refused);
    if (TYPES.has(node.type)) return this.erase(node.start, node.end);
    switch (node.type) {
      case "TSTypeAnnotation":
        return this.annotation(node);
      case "TSAsExpression":
      case "TSSatisfiesExpression":
        return this.cast(node, node.type === "TSAsExpression" ? "as" : "satisfies");
      case "TSNonNullExpression":
        this.children(node);
        return this.erase(node.end - 1, node.end);
      case "ClassDeclaration":
      case "ClassExpression":
        return this.class(node);
      case "MethodDefinition":
      case "PropertyDefinition":
        return this.member(node);
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.function(node);
    }
    // The head of a loop is no statement.
    if (LOOPS.has(node.type))
      return this.childrenOf(node).forEach((each) =>
        each.type === "VariableDeclaration" ? this.children(each) : this.visit(each),
      );
    this.children(node);
    this.end(node);
  }

  private childrenOf(node: TypedNode): TypedNode[] {
    return Object.values(node).flat().filter(isNode);
  }

  private children(node: TypedNode): void {
    for (const child of this.childrenOf(node)) this.visit(child);
  }

  private refuse(node: TypedNode, [what, instead]: readonly [string, string]): never {
    throw new ErasureError(
      `${what} is more than a type, and TypeScript runs here without its types; ${instead} ${place(this.code, node.start)}`,
    );
  }

  private erase(start: number, end: number): void {
    for (let at = start; at < end; at += 1) if (!LINE_END.test(this.units[at] ?? "")) this.units[at] = " ";
    this.last = { start, end };
  }

  /** A statement or a member of a class that is nothing but types. */
  private statement(node: TypedNode): void {
    this.erase(node.start, node.end);
    // Otherwise the line before could go on in the line after.
    this.units[node.start] = ";";
  }

  /** Ends a statement that a type ended. */
  private end({ type, end }: TypedNode): void {
    if (STATEMENTS.has(type) && this.last.end === end) this.units[this.last.start] = ";";
  }

  /** `type A,` of an import or export. */
  private specifier({ start, end }: TypedNode): void {
    const after = this.code.slice(end).search(/\S/) + end;
    this.erase(start, this.code[after] === "," ? after + 1 : end);
  }

  private before(at: number): number {
    let found = at - 1;
    while (found > 0 && /\s/.test(this.code[found] ?? "")) found -= 1;
    return found;
  }

  /** `: Type`, with the `?` or `!` before it. */
  private annotation({ start, end }: TypedNode): void {
    const before = this.before(start);
    this.erase(/[?!]/.test(this.code[before] ?? "") ? before : start, end);
  }

  private cast({ expression, typeAnnotation, end }: TypedNode, word: string): void {
    const [value, type] = [nodeAt(expression), nodeAt(typeAnnotation)];
    if (!value || !type) return;
    this.visit(value);
    this.erase(this.code.lastIndexOf(word, type.start - word.length), end);
  }

  private class(node: TypedNode): void {
    if (node.abstract === true) this.erase(node.start, node.start + "abstract".length);
    const [first, last] = [nodesAt(node.implements)[0], nodesAt(node.implements).at(-1)];
    for (const child of this.childrenOf({ ...node, implements: undefined })) this.visit(child);
    if (first && last) this.erase(this.code.lastIndexOf("implements", first.start), last.end);
  }

  private member(node: TypedNode): void {
    const [key, value] = [nodeAt(node.key), nodeAt(node.value)];
    // A signature of a method that has several.
    if (value?.type === "TSDeclareMethod") return this.statement(node);
    for (const { index, 0: word } of this.code.slice(node.start, key?.start).matchAll(MODIFIERS)) {
      this.erase(node.start + index, node.start + index + word.length);
      if (index === 0) this.units[node.start] = ";";
    }
    if (key && (node.optional === true || node.definite === true)) {
      const mark = this.code.slice(key.end, value?.start ?? node.end).search(/[?!]/);
      if (mark >= 0) this.erase(key.end + mark, key.end + mark + 1);
    }
    this.children(node);
    this.end(node);
  }

  private function(node: TypedNode): void {
    const params = nodesAt(node.params);
    const [first, second] = params;
    if (first?.type === "Identifier" && first.name === "this") {
      const after = this.code.slice(first.end).search(/[^\s]/) + first.end;
      const end = second?.start ?? (this.code[after] === "," ? after + 1 : first.end);
      this.erase(first.start, end);
      params.shift();
    }
    for (const param of params) {
      const optional = param.type === "AssignmentPattern" ? nodeAt(param.left) : param;
      if (optional?.optional === true && !optional.typeAnnotation) this.erase(optional.end - 1, optional.end);
      this.visit(param);
    }
    for (const child of this.childrenOf({ ...node, params: undefined })) this.visit(child);
    if (node.type === "ArrowFunctionExpression") this.arrow(nodeAt(node.typeParameters), nodeAt(node.returnType));
  }

  /** No line may end before the parameters of an arrow function, nor between them and the arrow. */
  private arrow(typeParameters: TypedNode | undefined, returnType: TypedNode | undefined): void {
    if (typeParameters) {
      const open = this.code.slice(typeParameters.end).search(/\S/) + typeParameters.end;
      if (this.code[open] === "(" && LINE_END.test(this.code.slice(typeParameters.start, open))) {
        this.units[typeParameters.start] = "(";
        this.units[open] = " ";
      }
    }
    if (!returnType) return;
    const close = this.before(returnType.start);
    if (this.code[close] === ")" && LINE_END.test(this.code.slice(close, returnType.end))) {
      this.units[close] = " ";
      this.units[returnType.end - 1] = ")";
    }
  }
}
