/** Finds the value of a variable; undefined if it is not set. */
export type Lookup = (name: string) => string | undefined;

/** A text with variables that cannot be resolved. */
export class TemplateError extends Error {
  public constructor(
    message: string,
    public readonly fix: string,
  ) {
    super(message);
    this.name = "TemplateError";
  }
}

export interface TemplateOptions {
  readonly lookup: Lookup;
  /** Called with variables that are neither set nor have a default; they become empty. */
  readonly unset?: (name: string) => void;
  /** Writes a variable's value into the text. @default the value itself */
  readonly write?: (name: string, value: string) => string;
  /** Called with every variable that is used, and with its default if it has one. */
  readonly reference?: (name: string, fallback: string | undefined) => void;
  /**
   * Replaces a required variable that is missing.
   * @default throws a TemplateError
   */
  readonly required?: (name: string) => string;
}

/** A person cannot read deeper nesting, and each level is one more level of recursion. */
const MAX_NESTING = 20;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
const BRACED = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([\s\S]*))?$/;

/**
 * Puts variables into a text as the compose specification says: `$NAME`, `${NAME}`, the operators `-`, `:-`, `?`, `:?`,
 * `+` and `:+` with nesting of at most 20 levels, and `$$` for a dollar sign. Any other dollar sign stays.
 * @throws TemplateError for an unknown form, too deep a nesting or a missing required variable
 */
export function substitute(template: string, options: TemplateOptions): string {
  let result = "";
  let index = 0;
  while (index < template.length) {
    const dollar = template.indexOf("$", index);
    if (dollar < 0) return result + template.slice(index);
    result += template.slice(index, dollar);
    const rest = template.slice(dollar + 1);
    if (rest.startsWith("$")) {
      result += "$";
      index = dollar + 2;
    } else if (rest.startsWith("{")) {
      const end = closingBrace(rest);
      if (end < 0) throw new TemplateError(`"${shorten(template.slice(dollar))}" has no closing brace`, "add a }");
      result += braced(rest.slice(1, end), options);
      index = dollar + 2 + end;
    } else {
      // Before any other character a dollar sign has no meaning.
      const name = NAME.exec(rest)?.[0] ?? "";
      result += name === "" ? "$" : written(name, options.lookup(name), options);
      index = dollar + 1 + name.length;
    }
  }
  return result;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

function unknownForm(form: string): TemplateError {
  return new TemplateError(
    `"${shorten(form)}" is not an interpolation that compose knows`,
    "use ${NAME}, ${NAME:-default}, ${NAME:?message} or ${NAME:+other}, and $$ for a dollar sign",
  );
}

/** Index of the brace that closes the one at index 0; -1 if there is none. */
function closingBrace(text: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text.startsWith("$$", index)) index += 1;
    else if (text.startsWith("${", index) || index === 0) {
      depth += 1;
      if (depth > MAX_NESTING)
        throw new TemplateError(
          `"$${shorten(text)}" nests variables more than ${MAX_NESTING} levels deep`,
          "give the inner one a name of its own",
        );
      if (index > 0) index += 1;
    } else if (text[index] === "}") {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}

function written(name: string, value: string | undefined, { unset, write, reference }: TemplateOptions): string {
  reference?.(name, undefined);
  if (value === undefined) unset?.(name);
  const text = value ?? "";
  return write && text !== "" ? write(name, text) : text;
}

function braced(inner: string, options: TemplateOptions): string {
  const match = BRACED.exec(inner);
  if (!match) throw unknownForm(`\${${inner}}`);
  const [, name = "", operator, argument = ""] = match;
  const value = options.lookup(name);
  if (operator === undefined) return written(name, value, options);
  // With a colon, an empty value is treated as missing.
  const there = operator.startsWith(":") ? value !== undefined && value !== "" : value !== undefined;
  switch (operator.at(-1)) {
    case "-":
      return there ? written(name, value, options) : fallback(name, argument, options);
    case "+":
      return there ? substitute(argument, options) : "";
    default: {
      if (there) return written(name, value, options);
      if (options.required) return options.required(name);
      const message = substitute(argument, { ...options, write: hider(options) });
      const said = message === "" ? "" : `: ${message}`;
      throw new TemplateError(
        `the required variable ${name} is ${value === undefined ? "not set" : "empty"}${said}`,
        `set ${name} in the environment or in an env file`,
      );
    }
  }
}

/** A message is shown, so it has the names of secret variables, which are those that are written otherwise. */
function hider({ write }: TemplateOptions): TemplateOptions["write"] {
  return write && ((name, value) => (write(name, value) === value ? value : `\${${name}}`));
}

/** A default is a value of its variable: the default of a secret variable is a secret too. */
function fallback(name: string, argument: string, options: TemplateOptions): string {
  const { write, reference } = options;
  if (!write) {
    const text = substitute(argument, options);
    reference?.(name, text);
    return text;
  }
  let changed = false;
  const noticed = (inner: string, value: string) => {
    const text = write(inner, value);
    changed ||= text !== value;
    return text;
  };
  const text = substitute(argument, { ...options, write: noticed });
  reference?.(name, text);
  return changed || text === "" ? text : write(name, text);
}
