import type * as pulumi from "@pulumi/pulumi";
import { ComposeStack, type ComposeStackArgs, convertStack } from ".";
import type { ComposeBuilds } from "./builds";
import { ComposeError, type ComposeProblem, gather } from "@nexus/compose";

type Projects = Readonly<Record<string, ComposeStackArgs>>;

/** Checks all projects before anything is registered. @throws ComposeError with the problems of all of them */
export function checkComposeStacks(projects: Projects, builds: ComposeBuilds | undefined): void {
  const all = Object.entries(projects).flatMap(([name, args]): ComposeProblem[] => {
    const problems: ComposeProblem[] = [];
    gather(problems, () => convertStack(name, { ...args, builds }));
    // Files of several projects may have the same name.
    return problems.map(({ place, ...rest }) => ({ ...rest, place: { ...place, file: `${name}: ${place.file}` } }));
  });
  if (all.length > 0) throw new ComposeError(all);
}

/** Runs compose projects, by their name. */
export function composeStacks(
  projects: Projects,
  builds: Pick<ComposeStackArgs, "builds" | "builder" | "served">,
  opts: pulumi.ComponentResourceOptions,
): Record<string, ComposeStack> {
  return Object.fromEntries(
    Object.entries(projects).map(([name, args]) => [name, new ComposeStack(name, { ...args, ...builds }, opts)]),
  );
}
