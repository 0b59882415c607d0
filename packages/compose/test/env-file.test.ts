import { readEnvFile } from "../src/source/env-file";
import { ProjectFolder } from "./project-folder";
import { lossKeys, object } from "./support";

const set: Readonly<Record<string, string>> = { NAME: "value" };
const read = (text: string) =>
  readEnvFile(
    text,
    "a.env",
    (name) => set[name],
    () => false,
  );

describe("E9: env files as the specification has them", () => {
  it.each([
    ["COLOR=#6366f1", "#6366f1"],
    ["A=value # comment", "value"],
    ["A=value\t# comment", "value"],
    ["A=value# none", "value# none"],
    ["A= # comment", ""],
    ["A=a #b #c", "a"],
    ["A='it\\'s #1' # comment", "it's #1"],
    ["A='a\\nb\\\\'", "a\\nb\\\\"],
    ["A='$NAME'", "$NAME"],
    ['A="it is\\tgood"', "it is\tgood"],
    ['A="a\\fb\\0101\\v\\a\\b\\q\\08"', "a\fbA\v\x07\b\\q\\08"],
    ['A="{\\"b\\": \\"c\\\\\\"}" # comment', '{"b": "c\\"}'],
    ['A="\\$NAME $NAME"', "$NAME value"],
    ["A=pa$$word", "pa$word"],
    ["A=a$1b$", "a$1b$"],
    ["A = x y ", "x y"],
    ["A: x", "x"],
    ["export A=x", "x"],
    ["A[0]=x", "x"],
    ["2FA=x", "x"],
    ["a-b.c=x", "x"],
    ["A='two\nlines'", "two\nlines"],
  ])("%s", (line, value) => {
    const { values, problems } = read(line);
    expect([Object.values(values), problems]).toEqual([[value], []]);
  });

  it.each(["a b=c", "=c", "A+=c"])("%s is refused", (line) => {
    expect(read(line).problems).toHaveLength(1);
  });

  it.each([
    ["that ends", (lines: number) => `A='${"x\n".repeat(lines)}'`, 0],
    ["that does not end", (lines: number) => `A="${"x\n".repeat(lines)}`, 1],
  ])("a value of very many lines %s is read in linear time", (_, text, problems) => {
    const before = process.cpuUsage();
    expect(read(text(30_000)).problems).toHaveLength(problems);
    // Time that grows with the square of the length would be ten seconds.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });

  it("names that Kubernetes does not take are in the report", () => {
    const project = new ProjectFolder({
      "compose.yaml": "services: { app: { image: i, env_file: a.env } }",
      "a.env": "OPTS[0]=a\n2FA=b\nA=c\n..=d\n",
    });
    const result = project.convert();
    project.remove();
    expect(object(result, "ConfigMap", "app-config").data).toEqual({ "2FA": "b", A: "c" });
    expect(result.losses.map(({ key, value, effect }) => `${key} ${value} ${effect}`)).toEqual([
      "environment OPTS[0] Kubernetes does not accept this name",
      "environment 2FA nodes before Kubernetes 1.32 leave it out",
      "environment .. Kubernetes does not accept this name",
    ]);
    expect(lossKeys(result)).toHaveLength(3);
  });
});
