import * as path from "node:path";
import { ownValue } from "@nexus/host";
import { schemaProblems } from "../schema/validate";
import { misplacedSecrets } from "../secret-places";
import { canonical } from "./canonical";
import { readEnvFile } from "./env-file";
import { resolveExtends } from "./extends";
import { type FileSource, readNamed } from "./files";
import { interpolate, type SecretTest, type UnsetVariable } from "./interpolate";
import { merge, withoutResets } from "./merge";
import { absolutePaths, isRemote } from "./paths";
import { ComposeError, type ComposeProblem, fail, gather, keyOf, type Place, startOf } from "./problem";
import { readYaml } from "./read-yaml";
import { map, type MapNode, textOf, toPlain, type Tree } from "./tree";

/** A compose file: its path, or its text with a name for messages. */
export type ComposeFile = string | { readonly name: string; readonly text: string };

export interface LoadOptions {
  /** Files in the order in which they are merged. */
  readonly files: readonly ComposeFile[];
  /** Directory that relative paths start from. */
  readonly directory: string;
  /** Name of the project; it overrides the environment and the files. */
  readonly project?: string;
  readonly source: FileSource;
  /** Env files; without them, the `.env` of the directory. */
  readonly envFiles?: readonly string[];
  /** Variables of the operating system. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables of single services, which override the environment (E9). */
  readonly serviceEnvironment: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly isSecret: SecretTest;
  /** Called with variables of env files that contain others that are secret. */
  readonly onSecret: (name: string) => void;
  /** Whether a secret variable may only be where nobody can read it. */
  readonly guarded: boolean;
}

export interface LoadedProject {
  /** The single document into which all files are merged, in long forms, with absolute paths. */
  readonly document: MapNode;
  readonly unset: readonly UnsetVariable[];
  /** Name of the project: the given one, else the environment's, else that of the last file that has one. */
  readonly name: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads, interpolates, checks and merges compose files. @throws ComposeError with all problems of all files */
export function loadProject(options: LoadOptions): LoadedProject {
  return new Loader(options).load();
}

interface Scope {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const PROJECT_NAME = "COMPOSE_PROJECT_NAME";

/** Compose's project name for a folder. */
function folderName(directory: string): string {
  return path
    .basename(directory)
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, "")
    .replace(/^[-_]+/, "");
}

class Loader {
  private readonly unset: UnsetVariable[] = [];
  private readonly problems: ComposeProblem[] = [];

  public constructor(private readonly options: LoadOptions) {}

  public load(): LoadedProject {
    const { directory, envFiles, environment, files } = this.options;
    const named = (envFiles ?? []).map((file) => path.resolve(directory, file));
    const known = this.withEnvFiles(directory, environment, named, startOf(directory), "");
    const name = this.options.project ?? (known[PROJECT_NAME] || this.nameInFiles(files, known));
    const scope = { directory, environment: { ...known, [PROJECT_NAME]: name ?? folderName(directory) } };
    const document = withoutResets(this.project(files, scope, [])) as MapNode;
    return { document, unset: this.unset, name, environment: scope.environment };
  }

  /** The files may use the name as a variable, so it is read before them; its problems are reported with all others. */
  private nameInFiles(files: readonly ComposeFile[], environment: Scope["environment"]): string | undefined {
    const names = files.flatMap((file) =>
      (gather([], () => this.trees(file, this.options.directory)) ?? []).flatMap((tree) => {
        const node = tree.kind === "map" ? tree.entries.get("name") : undefined;
        if (!node || node.kind !== "scalar") return [];
        const { tree: name } = interpolate(
          node,
          (_, variable) => ownValue(environment, variable),
          () => false,
        );
        return textOf(name) || [];
      }),
    );
    return names.at(-1);
  }

  private trees(file: ComposeFile, directory: string, place?: Place, key = ""): Tree[] {
    if (typeof file !== "string") return readYaml(file.text, file.name);
    const absolute = path.resolve(directory, file);
    const name = this.shown(absolute);
    return readYaml(readNamed(this.options.source, absolute, place ?? startOf(name), key).toString("utf8"), name);
  }

  /** The variables of env files and of the environment, which overrides them. */
  private withEnvFiles(
    directory: string,
    environment: Scope["environment"],
    named: readonly string[],
    place: Place,
    key: string,
  ): Scope["environment"] {
    const implied = path.join(directory, ".env");
    const files = named.length > 0 ? named : this.options.source.kind(implied) === "file" ? [implied] : [];
    let fromFiles: Readonly<Record<string, string>> = {};
    for (const file of files) {
      const content = gather(this.problems, () => readNamed(this.options.source, file, place, key));
      const lookup = (name: string) => ownValue(environment, name) ?? ownValue(fromFiles, name);
      const text = content?.toString("utf8") ?? "";
      const { values, secret, problems } = readEnvFile(text, this.shown(file), lookup, this.options.isSecret);
      this.problems.push(...problems);
      secret.forEach(this.options.onSecret);
      fromFiles = { ...fromFiles, ...values };
    }
    return { ...fromFiles, ...environment };
  }

  /** Stops here if there was any problem: the next steps need every file. */
  private stopAtProblems(): void {
    if (this.problems.length > 0) throw new ComposeError(this.problems.splice(0));
  }

  /** A file's name in messages. */
  private shown(file: string): string {
    const relative = path.relative(this.options.directory, file);
    return relative === "" ? path.basename(file) : relative;
  }

  private project(files: readonly ComposeFile[], scope: Scope, open: readonly string[]): MapNode {
    const documents = files.flatMap((file) => this.documents(file, scope, scope.directory));
    this.stopAtProblems();
    let document: MapNode | undefined;
    for (const next of documents) {
      const extended = this.extended(next, document, scope);
      document = document ? merge(document, extended) : extended;
    }
    if (!document) return fail(startOf(scope.directory), "", "no compose file is given", "name at least one");
    const here = files.map((file) => (typeof file === "string" ? path.resolve(scope.directory, file) : file.name));
    return this.withIncludes(document, scope, [...open, ...here]);
  }

  /** The documents of one file, interpolated, valid and in long forms. */
  private documents(file: ComposeFile, scope: Scope, directory: string, place?: Place, key = ""): MapNode[] {
    const trees = gather(this.problems, () => this.trees(file, scope.directory, place, key));
    return (trees ?? []).flatMap((tree) => this.document(tree, scope, directory));
  }

  /** Empty if the file has a problem. */
  private document(tree: Tree, scope: Scope, directory: string): MapNode[] {
    if (tree.kind !== "map") {
      this.problems.push({ place: tree.place, key: "", text: "is not a mapping", fix: "write a `services:` mapping" });
      return [];
    }
    const { serviceEnvironment, isSecret, guarded } = this.options;
    const lookup = (service: string | undefined, variable: string) =>
      ownValue(service === undefined ? undefined : ownValue(serviceEnvironment, service), variable) ??
      ownValue(scope.environment, variable);
    const result = interpolate(tree, lookup, isSecret);
    const misplaced = guarded ? misplacedSecrets(result.tree) : [];
    if (misplaced.length > 0) {
      // Other problems of the same texts would show parts of the values.
      for (const problem of [...result.problems, ...misplaced]) this.problems.push(problem);
      return [];
    }
    const long = canonical(result.tree as MapNode);
    // A value that could not be interpolated has one problem, even if it also violates the schema because of that.
    const places = new Set(result.problems.map(({ place, key }) => `${place.line}:${place.column} ${key}`));
    const others = [...schemaProblems(result.tree), ...long.problems].map((one) => explained(one, result.unset));
    const problems = [
      ...result.problems,
      ...others.filter(({ place, key }) => !places.has(`${place.line}:${place.column} ${key}`)),
    ];
    for (const problem of problems) this.problems.push(problem);
    // Added one at a time, because a file may have more problems than a call may have arguments.
    for (const variable of result.unset) this.unset.push(variable);
    return problems.length > 0 ? [] : [absolutePaths(long.tree, directory)];
  }

  private extended(document: MapNode, before: MapNode | undefined, scope: Scope): MapNode {
    return resolveExtends(document, before, (file, place, key) => {
      const [first, ...others] = this.documents(file, scope, path.dirname(file), place, key);
      this.stopAtProblems();
      if (!first) return fail(place, key, `"${file}" is empty`);
      return others.reduce((base, over) => merge(base, over), first);
    });
  }

  private withIncludes(document: MapNode, scope: Scope, open: readonly string[]): MapNode {
    const includes = document.entries.get("include");
    if (includes?.kind !== "list") return document;
    const all = includes.items.reduce<MapNode>((into, item, index) => {
      const key = keyOf(["include", index]);
      const more = () => copyResources(into, this.included(item, key, scope, open), item.place, key);
      return gather(this.problems, more) ?? into;
    }, document);
    this.stopAtProblems();
    return all;
  }

  private included(item: Tree, key: string, scope: Scope, open: readonly string[]): MapNode {
    const texts = (name: string): string[] => {
      const node = item.kind === "map" ? item.entries.get(name) : undefined;
      if (node?.kind === "list") return node.items.map(textOf);
      return node ? [textOf(node)] : [];
    };
    const named = item.kind === "map" ? texts("path") : [textOf(item)];
    for (const file of named)
      if (isRemote(file)) fail(item.place, key, `"${file}" is not on this machine`, "copy it into the project");
    const files = named.map((file) => path.resolve(scope.directory, file));
    const again = files.find((file) => open.includes(file));
    if (again !== undefined)
      fail(item.place, key, `includes have a cycle: ${[...open, again].map((file) => this.shown(file)).join(" -> ")}`);
    const [given] = texts("project_directory");
    const directory = given === undefined ? path.dirname(files[0] ?? "") : path.resolve(scope.directory, given);
    for (const file of files) readNamed(this.options.source, file, item.place, key);
    const envFiles = texts("env_file").map((file) => path.resolve(scope.directory, file));
    const environment = this.withEnvFiles(directory, scope.environment, envFiles, item.place, key);
    return this.project(files, { directory, environment }, open);
  }
}

/**
 * The problem of an empty text names the unset variable that it comes from, because nobody can find an empty text in a
 * file.
 */
function explained(problem: ComposeProblem, unset: readonly UnsetVariable[]): ComposeProblem {
  const isHere = ({ line, column }: Place) => line === problem.place.line && column === problem.place.column;
  const names = [...new Set(unset.filter(({ place }) => isHere(place)).map(({ name }) => name))].join(" and ");
  return names === "" ? problem : { ...problem, text: `${problem.text} (${names} is not set)`, fix: `set ${names}` };
}

const RESOURCES = ["services", "networks", "volumes", "configs", "secrets", "models"];

/** Adds the resources of an included project; the same name for two different resources is a problem. */
function copyResources(into: MapNode, from: MapNode, place: Place, key: string): MapNode {
  const entries = new Map(into.entries);
  for (const section of RESOURCES) {
    const added = from.entries.get(section);
    if (added?.kind !== "map") continue;
    const there = entries.get(section);
    const own = there?.kind === "map" ? there : map(place, []);
    for (const [name, value] of added.entries) {
      const other = own.entries.get(name);
      if (other && JSON.stringify(toPlain(other)) !== JSON.stringify(toPlain(value)))
        fail(place, key, `it has ${section}.${name}, which this project has as well`, "rename one of them");
    }
    entries.set(section, { ...own, entries: new Map([...added.entries, ...own.entries]) });
  }
  return { ...into, entries };
}
