import { Parser, type Options, type Program } from "acorn";
import type { Deadline } from "./deadline";

/** Parsing took longer than allowed. */
export class ParseTimeoutError extends Error {
  override readonly name = "ParseTimeoutError";
}

export interface ParseOptions {
  readonly allowReturnOutsideFunction?: boolean;
  /** When parsing must end. @default never */
  readonly deadline?: Deadline | undefined;
}

const SYNTAX: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowAwaitOutsideFunction: true,
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
  readonly options: ParseOptions;
  readonly scopeStack: NameScope[];
  readonly privateNameStack: { readonly declared: object }[];
  enterScope(flags: number): void;
  exitClassBody(): void;
  declareName(name: string, bindingType: number, at: number): void;
  nextToken(): void;
  raise(at: number, message: string): never;
  readonly start: number;
  validateRegExpPattern(state: { readonly source: string; readonly start: number }): void;
}

const sizeOf = (scope: NameScope) => scope.var.size + scope.lexical.size + scope.functions.size;

const Bounded = Parser.extend((base) => {
  const Base = base as unknown as new (...args: unknown[]) => Internals;
  class BoundedParser extends Base {
    private tokens = 0;

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

    override validateRegExpPattern(state: { readonly source: string; readonly start: number }): void {
      const { length } = state.source;
      if (length > MAX_REGEXP)
        this.raise(
          state.start,
          `A regular expression may have at most ${MAX_REGEXP} characters, and this one has ${length}`,
        );
      super.validateRegExpPattern(state);
    }

    override nextToken(): void {
      this.tokens += 1;
      if (this.tokens % TOKENS === 0 && this.options.deadline?.isOver) throw new ParseTimeoutError();
      super.nextToken();
    }

    private limitNames(names: number, at: number): void {
      if (names > MAX_NAMES)
        this.raise(
          at,
          `Code may declare at most ${MAX_NAMES} names in one place; keep more values in an object or in a Map`,
        );
    }
  }
  return BoundedParser as unknown as typeof Parser;
});

/** Parses code in time that is linear in its length, not quadratic. Throws a SyntaxError for what is not JavaScript. */
export function parseCode(code: string, options: ParseOptions = {}): Program {
  return Bounded.parse(code, { ...SYNTAX, ...options });
}
