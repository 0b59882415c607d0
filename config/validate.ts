import { contradictions } from "./contradictions";
import { connectionProblems } from "./connections";
import { quoted } from "./fields";
import { HIDDEN, type Inputs } from "./inputs";
import { merge, without } from "./merge";
import { oidcProblems } from "./oidc";
import { presets } from "./presets";
import {
  type Contradiction,
  type Problem,
  problemsOf,
  removeCommand,
  setCommand,
  setSecretCommand,
  unknownKey,
} from "./problem";
import { composeSecretsKey, type Sections, secretKeys, sections } from "./schema";
import { secretProblems, stagingProblems } from "./staging";

/**
 * The defaults for what the stack does not set: those of its preset (`full` if that name is wrong, so that everything
 * else is checked as well) and of its cluster. Staging must name its context and any node port itself.
 */
function foundation(topology: unknown, staging: boolean): unknown {
  const preset = Object.entries(presets).find(([name]) => name === topology)?.[1] ?? presets.full;
  const stack = staging
    ? // A node port is plain HTTP, beside any TLS: only the stack's own file opens one.
      { cluster: { kind: "context" }, networking: { nodePort: null } }
    : { cluster: { kind: "auto" } };
  return merge(preset, stack);
}

function overlap(one: readonly string[], other: readonly string[]): boolean {
  return one.every((step, index) => index >= other.length || step === other[index]);
}

/** Checks everything that can be checked without looking at the machine; finds all problems at once. */
export function validate(inputs: Inputs, staging: boolean): { config?: Sections; problems: Problem[] } {
  const known = [...Object.keys(sections.shape), ...Object.keys(secretKeys), composeSecretsKey];
  const base = foundation(inputs.sections.topology, staging);
  const given = merge(base, inputs.sections);
  const first = sections.safeParse(given);
  const failed = first.success ? [] : problemsOf(sections, first.error, given);
  const problems = [
    ...inputs.problems,
    ...failed
      .filter(({ path }) => !inputs.problems.some((other) => overlap(path, other.path)))
      .map((problem) => (problem.path.length === 1 ? topLevel(problem, inputs, known) : problem)),
  ];
  // Defaults replace the wrong values, so that the rest can be checked for contradictions.
  const repaired = first.success ? first : sections.safeParse(merge(base, repair(inputs, problems)));
  if (repaired.success) {
    const rules: Contradiction[] = [
      ...contradictions(repaired.data, inputs.sections),
      ...connectionProblems(repaired.data, inputs),
      ...oidcProblems(repaired.data, inputs),
      ...composeSecretProblems(repaired.data, inputs),
      ...registryProblems(repaired.data, inputs),
      ...backupKeyProblems(repaired.data, inputs),
      ...(staging ? stagingProblems(repaired.data, inputs.sections) : []),
    ];
    const wrong = problems.map(({ path }) => path);
    problems.push(
      ...rules.filter((rule) => {
        const involved = rule.because ? [rule.path, rule.because] : [rule.path];
        return !involved.some((path) => wrong.some((other) => overlap(path, other)));
      }),
    );
  }
  for (const { name, value, encrypted } of inputs.secrets)
    problems.push(...secretProblems(name, value, encrypted, staging));
  return { config: repaired.success ? repaired.data : undefined, problems };
}

/** A log-in needs user and password. Nodes would report a missing one only when they pull an image. */
function registryProblems({ images }: Sections, { secrets }: Inputs): Problem[] {
  const password = secrets.some(({ name }) => name === "registryPassword");
  if ((images.registryUsername !== undefined) === password) return [];
  return password
    ? [
        {
          path: ["images", "registryUsername"],
          text: "is missing; the secret registryPassword needs a user",
          fix: setCommand(["images", "registryUsername"], "<user>"),
        },
      ]
    : [
        {
          path: ["registryPassword"],
          text: `is missing; images.registryUsername ${quoted(images.registryUsername)} logs in with it`,
          fix: setSecretCommand("registryPassword", "<password>"),
        },
      ];
}

/** An object storage needs both keys. Without them, the backup of the first night would fail. */
function backupKeyProblems({ postgres }: Sections, { secrets }: Inputs): Problem[] {
  const keys = ["backupAccessKey", "backupSecretKey"];
  const isGiven = (key: string) => secrets.some(({ name }) => name === key);
  const bucket = postgres.mode === "none" ? undefined : postgres.backup?.s3?.bucket;
  if (bucket === undefined)
    return keys.filter(isGiven).map((key) => ({
      path: [key],
      text: "is set, but postgres.backup.s3 names no bucket",
      fix: removeCommand([key]),
    }));
  return keys
    .filter((key) => !isGiven(key))
    .map((key) => ({
      path: [key],
      text: `is missing; the bucket ${quoted(bucket)} in postgres.backup.s3 needs it`,
      fix: setSecretCommand(key, "<key>"),
    }));
}

/** Secrets of an unknown project, whose name is probably misspelt. */
function composeSecretProblems({ compose }: Sections, { composeSecrets }: Inputs): Problem[] {
  const known = Object.keys(compose);
  const text = `there is no compose project of this name; ${known.length > 0 ? `known are ${known.join(", ")}` : "there are none"}`;
  return Object.keys(composeSecrets)
    .filter((project) => !known.includes(project))
    .map((project) => ({
      path: [composeSecretsKey, project],
      text,
      fix: removeCommand([composeSecretsKey, project]),
    }));
}

/** A problem of a top-level key, which may also name a secret. */
function topLevel(problem: Problem, inputs: Inputs, known: readonly string[]): Problem {
  const [name = ""] = problem.path;
  if (known.includes(name)) return problem;
  const steps = name.split(".");
  if (steps.length === 1 || !known.includes(steps[0] ?? ""))
    return unknownKey(sections, problem.path, inputs.sections[name], known);
  // Without --path, Pulumi makes the dots a part of the name.
  const value = inputs.sections[name];
  const shown = value === HIDDEN || typeof value !== "string" || !/^[\w./:@-]+$/.test(value) ? "<value>" : value;
  return {
    path: problem.path,
    text: "was set without --path, so it is not a key of an object",
    fix: `${removeCommand(problem.path)} && ${setCommand(steps, shown)}`,
  };
}

function repair(inputs: Inputs, problems: readonly Problem[]): unknown {
  return problems.reduce<unknown>((tree, { path }) => without(tree, path), inputs.sections);
}
