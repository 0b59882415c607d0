import type * as pulumi from "@pulumi/pulumi";
import { ComposeStack, type ComposeStackArgs, normalizeComposeStackArgs } from "./index";
import { ComposeError, type ComposeProblem, gather } from "./source/problem";

type Projects = Readonly<Record<string, ComposeStackArgs>>;

/** Looks at all projects before anything is registered. @throws ComposeError with the problems of all of them */
export function checkComposeStacks(projects: Projects): void {
  const problems: ComposeProblem[] = [];
  for (const args of Object.values(projects)) gather(problems, () => normalizeComposeStackArgs(args));
  if (problems.length > 0) throw new ComposeError(problems);
}

/** Runs compose projects by their name; returns the addresses of their Services. */
export function composeStacks(
  projects: Projects,
  opts: pulumi.ComponentResourceOptions,
): Record<string, Readonly<Record<string, string>>> {
  const stacks = Object.entries(projects).map(([name, args]) => [name, new ComposeStack(name, args, opts)] as const);
  return Object.fromEntries(stacks.map(([name, { endpoints }]) => [name, endpoints]));
}
