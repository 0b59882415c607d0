import { substitute, TemplateError } from "../src/source/template";

const set: Readonly<Record<string, string>> = { NAME: "value", EMPTY: "", OTHER: "other" };
const put = (text: string) => substitute(text, { lookup: (name) => set[name] });

describe("E9: interpolation as the specification has it", () => {
  it.each([
    ["$NAME", "value"],
    ["${NAME}", "value"],
    ["a-$NAME.b", "a-value.b"],
    ["${NAME:-default}", "value"],
    ["${EMPTY:-default}", "default"],
    ["${EMPTY-default}", ""],
    ["${UNSET:-default}", "default"],
    ["${UNSET-default}", "default"],
    ["${UNSET}", ""],
    ["${NAME:+other}", "other"],
    ["${EMPTY:+other}", ""],
    ["${EMPTY+other}", "other"],
    ["${UNSET+other}", ""],
    ["${NAME:?message}", "value"],
    ["${EMPTY?message}", ""],
    ["${UNSET:-${NAME}}", "value"],
    ["${UNSET:-${ALSO:-deep}}", "deep"],
    ["${UNSET:-a${NAME}b}/c", "avalueb/c"],
    ["${UNSET:-http://host:80/x?y=z}", "http://host:80/x?y=z"],
    ["$$NAME", "$NAME"],
    ["$${NAME}", "${NAME}"],
    ["$$$NAME", "$value"],
    ["${UNSET:-$$5}", "$5"],
    ["no variable", "no variable"],
    ["cost: 5$", "cost: 5$"],
    ["^a.*b$|$1 $(date) $-", "^a.*b$|$1 $(date) $-"],
    ["${UNSET:-5$}", "5$"],
    ["$ NAME $.$NAME$", "$ NAME $.value$"],
  ])("%s is %s", (template, result) => {
    expect(put(template)).toBe(result);
  });

  it.each([
    ["${UNSET:?say it}", "the required variable UNSET is not set: say it"],
    ["${EMPTY:?say $NAME}", "the required variable EMPTY is empty: say value"],
    ["${UNSET?}", "the required variable UNSET is not set"],
    ["${NAME/a/b}", '"${NAME/a/b}" is not an interpolation that compose knows'],
    ["${1}", '"${1}" is not an interpolation that compose knows'],
    ["${NAME", '"${NAME" has no closing brace'],
  ])("%s is refused", (template, message) => {
    expect(() => put(template)).toThrow(new TemplateError(message, ""));
  });

  it("nesting has a maximum, and each level is parsed once", () => {
    const nested = (depth: number) => `${"${UNSET:-".repeat(depth)}x${"}".repeat(depth)}`;
    let written = 0;
    const write = (_name: string, value: string) => ((written += 1), value);
    expect(substitute(nested(20), { lookup: () => undefined, write })).toBe("x");
    expect(written).toBe(20);
    expect(() => put(nested(5000))).toThrow(/^"\$\{UNSET:-.*" nests variables more than 20 levels deep$/);
  });
});
