import { type Expression, getLineInfo, type Node, Parser, type Options, type Program } from "acorn";
import type { Deadline } from "./deadline";

/** Parsing took longer than allowed. */
export class ParseTimeoutError extends Error {
  override readonly name = "ParseTimeoutError";
}

/** The code exceeds a limit of the parser, in whichever language it is. */
export class CodeLimitError extends SyntaxError {}

/**
 * `a<b>(c)` compares a comparison in JavaScript, and `new A<b, c>(d)` an instance; nobody means that. In TypeScript they
 * are calls with types.
 */
export class OddComparisonError extends SyntaxError {}

export interface ParseOptions {
  readonly allowReturnOutsideFunction?: boolean;
  /** @default false */
  readonly allowOddComparison?: boolean;
  /** When parsing must end. @default never */
  readonly deadline?: Deadline | undefined;
}

export const SYNTAX: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowAwaitOutsideFunction: true,
  // Files of the workspace are scripts as well, so that they see its variables.
  allowImportExportEverywhere: true,
  allowHashBang: false,
};

/** Tokens between two checks of the clock. */
const TOKENS = 256;

/**
 * Maximum number of names that code declares around any place in it, and of private names of a class. The engine
 * compares each use of a name with all of them, which nothing can interrupt.
 */
export const MAX_NAMES = 5000;

/** Maximum length of a regular expression. acorn and the engine take quadratic time, which nothing can interrupt. */
export const MAX_REGEXP = 32_768;

/** acorn searches all names of a scope for each one that it declares, and only needs to know whether it exists. */
class Names extends Array<string> {
  private readonly known = new Set<string>();

  get size(): number {
    return this.known.size;
  }

  override push(name: string): number {
    if (this.known.has(name)) return this.length;
    this.known.add(name);
    return super.push(name);
  }

  override indexOf(name: string): number {
    return this.known.has(name) ? 0 : -1;
  }
}

interface NameScope {
  readonly var: Names;
  readonly lexical: Names;
  readonly functions: Names;
}

/** What plugins of acorn may replace, in addition to what its types declare. */
interface Internals {
  readonly scopeStack: NameScope[];
  readonly privateNameStack: { readonly declared: object }[];
  enterScope(flags: number): void;
  exitClassBody(): void;
  declareName(name: string, bindingType: number, at: number): void;
  nextToken(): void;
  parseStatement(context: unknown, topLevel: unknown, ...rest: unknown[]): Node;
  readonly input: string;
  readonly start: number;
  validateRegExpPattern(state: { readonly source: string; readonly start: number }): void;
  buildBinary(start: number, location: unknown, left: Expression, ...rest: unknown[]): Expression;
}

/** "(2:14)", as the messages of acorn end. */
export function place(code: string, at: number): string {
  const { line, column } = getLineInfo(code, at);
  return `(${line}:${column})`;
}

const sizeOf = (scope: NameScope) => scope.var.size + scope.lexical.size + scope.functions.size;

const CALLED = new Set(["Identifier", "MemberExpression", "CallExpression"]);

function isOdd(left: Expression, operator: unknown, code: string): boolean {
  if (operator === "<") return left.type === "NewExpression" && code[left.end - 1] !== ")";
  if (operator !== ">" || left.type !== "BinaryExpression" || left.operator !== "<") return false;
  let called = left.left;
  while (called.type === "BinaryExpression") called = called.right;
  return CALLED.has(called.type);
}

const MODULE_STATEMENTS = /^(?:Import|Export(?:Named|Default|All))Declaration$/;

type Extension = (base: typeof Parser) => typeof Parser;
type Arguments = readonly [options: ParseOptions, ...rest: unknown[]];
type Base = new (...args: Arguments) => Internals;

/** Ends parsing in time, and refuses regular expressions that would take too long. */
export const bounded: Extension = (base) => {
  class BoundedParser extends (base as unknown as Base) {
    // `this.options` has only what acorn itself knows.
    private readonly deadline: ParseOptions["deadline"];
    private tokens = 0;

    constructor(...args: Arguments) {
      super(...args);
      [{ deadline: this.deadline }] = args;
    }

    override validateRegExpPattern(state: { readonly source: string; readonly start: number }): void {
      const { length } = state.source;
      if (length > MAX_REGEXP)
        throw new CodeLimitError(
          `A regular expression may have at most ${MAX_REGEXP} characters, and this one has ${length} ${place(this.input, state.start)}`,
        );
      super.validateRegExpPattern(state);
    }

    override nextToken(): void {
      this.tokens += 1;
      if (this.tokens % TOKENS === 0 && this.deadline?.isOver) throw new ParseTimeoutError();
      super.nextToken();
    }
  }
  return BoundedParser as unknown as typeof Parser;
};

/** Keeps names in sets, limits their number, and notices what is JavaScript only by its letters. */
const ofScripts: Extension = (base) => {
  class ScriptParser extends (base as unknown as Base) {
    private readonly allowOddComparison: boolean;

    constructor(...args: Arguments) {
      super(...args);
      this.allowOddComparison = args[0].allowOddComparison ?? false;
    }

    override enterScope(flags: number): void {
      super.enterScope(flags);
      Object.assign(this.scopeStack.at(-1) ?? {}, { var: new Names(), lexical: new Names(), functions: new Names() });
    }

    override declareName(name: string, bindingType: number, at: number): void {
      super.declareName(name, bindingType, at);
      this.limitNames(
        this.scopeStack.reduce((sum, scope) => sum + sizeOf(scope), 0),
        at,
      );
    }

    override exitClassBody(): void {
      this.limitNames(Object.keys(this.privateNameStack.at(-1)?.declared ?? {}).length, this.start);
      super.exitClassBody();
    }

    override parseStatement(context: unknown, topLevel: unknown, ...rest: unknown[]): Node {
      const statement = super.parseStatement(context, topLevel, ...rest);
      if (MODULE_STATEMENTS.test(statement.type) && !topLevel)
        throw new SyntaxError(
          `\`import\` and \`export\` must be at the top level ${place(this.input, statement.start)}`,
        );
      return statement;
    }

    override buildBinary(start: number, location: unknown, left: Expression, ...rest: unknown[]) {
      const [, operator] = rest;
      // With parentheses around it, the left side begins later than the whole.
      if (!this.allowOddComparison && left.start === start && isOdd(left, operator, this.input))
        throw new OddComparisonError(`A comparison is compared ${place(this.input, start)}`);
      return super.buildBinary(start, location, left, ...rest);
    }

    private limitNames(names: number, at: number): void {
      if (names > MAX_NAMES)
        throw new CodeLimitError(
          `Code may declare at most ${MAX_NAMES} names in one place; keep more values in an object or in a Map ${place(this.input, at)}`,
        );
    }
  }
  return ScriptParser as unknown as typeof Parser;
};

const Scripts = Parser.extend(bounded, ofScripts);

/** Parses code in time that is linear in its length, not quadratic. Throws a SyntaxError for what is not JavaScript. */
export function parseCode(code: string, options: ParseOptions = {}): Program {
  return Scripts.parse(code, { ...SYNTAX, ...options });
}
