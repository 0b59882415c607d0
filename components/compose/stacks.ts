import type * as pulumi from "@pulumi/pulumi";
import { ComposeStack, type ComposeStackArgs } from "./index";

/** Runs compose projects by their name; returns the addresses of their Services. */
export function composeStacks(
  projects: Readonly<Record<string, ComposeStackArgs>>,
  opts: pulumi.ComponentResourceOptions,
): Record<string, Readonly<Record<string, string>>> {
  const stacks = Object.entries(projects).map(([name, args]) => [name, new ComposeStack(name, args, opts)] as const);
  return Object.fromEntries(stacks.map(([name, { endpoints }]) => [name, endpoints]));
}
