import { type ExportedStack, readPulumi } from "../pulumi";
import type { Session } from "../session";
import type { StackOptions } from "../stack-settings";

const TYPES: ReadonlySet<string> = new Set(["docker:index/image:Image", "pulumi:providers:docker"]);
const DOCKER = "docker";

type Resource = NonNullable<NonNullable<ExportedStack["deployment"]>["resources"]>[number];

/** What the Docker builder has left in the state of a stack that has another builder now. */
export function formerDockerImages({ settings }: Session, { deployment }: ExportedStack): readonly Resource[] {
  if (settings.builder === DOCKER) return [];
  return (deployment?.resources ?? []).filter(({ type }) => TYPES.has(type));
}

/**
 * Removes from the state what the Docker builder has left there. Its images stay in the registry in any case, but the
 * engine would load that builder's plugin to leave them alone, and another machine does not have it.
 */
export async function forgetFormerDockerImages(
  session: Session,
  exported: ExportedStack,
  { stack }: StackOptions,
): Promise<void> {
  const gone = new Set(formerDockerImages(session, exported).map(({ urn }) => urn));
  if (gone.size === 0) return;
  const resources = (exported.deployment?.resources ?? []).filter(({ urn }) => !gone.has(urn));
  const input = JSON.stringify({
    ...exported,
    deployment: { ...exported.deployment, resources: resources.map((one) => withoutDependencies(one, gone)) },
  });
  await readPulumi(session.variables, ["stack", "import", "--stack", stack], input);
  process.stderr.write("The images of the Docker builder stay in the registry; the stack forgets them.\n");
}

function withoutDependencies(resource: Resource, gone: ReadonlySet<string>): Resource {
  const left = (urns: readonly string[]) => urns.filter((urn) => !gone.has(urn));
  const { dependencies = [], propertyDependencies = {} } = resource;
  const properties = Object.entries(propertyDependencies ?? {}).map(([name, urns]) => [name, left(urns ?? [])]);
  return { ...resource, dependencies: left(dependencies), propertyDependencies: Object.fromEntries(properties) };
}
