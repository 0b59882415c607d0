type Tree = Record<string, unknown>;
type Value = string | number | boolean | undefined;

/** Steps of a path such as `a.b["c.d"][0]`. */
function stepsOf(path: string): (string | number)[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted?.replace(/\\(.)/g, "$1") ?? plain ?? Number(index),
  );
}

function changed(tree: unknown, [head, ...rest]: (string | number)[], value: Value): unknown {
  // A text keeps its quotes, whatever value is set.
  if (head === undefined) return typeof tree === "string" && value !== undefined ? String(value) : value;
  // Pulumi only descends into an existing object or list.
  if (tree !== undefined && (typeof tree !== "object" || tree === null)) throw new Error(`${head} is below a value`);
  if (typeof head === "number") {
    const items = [...((tree as unknown[] | undefined) ?? [])];
    items[head] = changed(items[head], rest, value);
    return items;
  }
  const { [head]: before, ...others } = (tree ?? {}) as Tree;
  const after = rest.length === 0 && value === undefined ? value : changed(before, rest, value);
  return after === undefined ? others : { ...others, [head]: after };
}

/** Words of a command as a shell takes them. */
export function wordsOf(command: string): string[] {
  const words = command.match(/(?:'[^']*'|\\.|"[^"]*"|[^\s'"\\])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|\\(.)|"([^"]*)"/g, "$1$2$3"));
}

/** A configuration after the commands in a message, as `pulumi config` would change it. */
export function withFix(config: Readonly<Tree>, fix: string): Tree {
  return fix.split(" && ").reduce<Tree>((tree, command) => {
    const words = wordsOf(command.replace(/ --stack \S+/, ""));
    const isText = words.includes("--type");
    const isPath = words.includes("--path");
    if (isText && words.includes("--plaintext")) throw new Error("Pulumi refuses --type together with --plaintext.");
    const [pulumi, area, verb, name = "", given = ""] = words.filter(
      (word) => !["--path", "--type", "string", "--plaintext", "--"].includes(word),
    );
    if (pulumi !== "pulumi" || area !== "config" || !name.startsWith("nexus:"))
      throw new Error(`${command} is no command.`);
    const key = name.slice("nexus:".length);
    const typed = isPath && !isText && /^(true|false|0|-?[1-9]\d*)$/.test(given) ? (JSON.parse(given) as Value) : given;
    return changed(tree, isPath ? stepsOf(key) : [key], verb === "rm" ? undefined : typed) as Tree;
  }, config);
}
