import { Parser, type Options, type Program } from "acorn";

/** Parsing took longer than allowed. */
export class ParseTimeoutError extends Error {
  override readonly name = "ParseTimeoutError";
}

export interface ParseOptions {
  readonly allowReturnOutsideFunction?: boolean;
  /** Time by which parsing must end, as given by `performance.now`. @default never */
  readonly deadline?: number | undefined;
}

const SYNTAX: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowAwaitOutsideFunction: true,
  allowHashBang: false,
};

/** Tokens between two checks of the clock. */
const TOKENS = 256;

/** acorn searches all names of a scope for each one that it declares, and only needs to know whether it exists. */
class Names extends Array<string> {
  private readonly known = new Set<string>();

  override push(name: string): number {
    this.known.add(name);
    return super.push(name);
  }

  override indexOf(name: string): number {
    return this.known.has(name) ? 0 : -1;
  }
}

/** What plugins of acorn may replace, in addition to what its types declare. */
interface Internals {
  readonly options: ParseOptions;
  readonly scopeStack: { var: string[]; lexical: string[]; functions: string[] }[];
  enterScope(flags: number): void;
  nextToken(): void;
}

const Bounded = Parser.extend((base) => {
  const Base = base as unknown as new (...args: unknown[]) => Internals;
  class BoundedParser extends Base {
    private tokens = 0;

    override enterScope(flags: number): void {
      super.enterScope(flags);
      Object.assign(this.scopeStack.at(-1) ?? {}, { var: new Names(), lexical: new Names(), functions: new Names() });
    }

    override nextToken(): void {
      this.tokens += 1;
      if (this.tokens % TOKENS === 0 && performance.now() > (this.options.deadline ?? Number.POSITIVE_INFINITY))
        throw new ParseTimeoutError();
      super.nextToken();
    }
  }
  return BoundedParser as unknown as typeof Parser;
});

/** Parses code in time that is linear in its length, not quadratic. Throws a SyntaxError for what is not JavaScript. */
export function parseCode(code: string, options: ParseOptions = {}): Program {
  return Bounded.parse(code, { ...SYNTAX, ...options });
}
