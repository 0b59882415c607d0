import { type Command, Option } from "commander";
import { lazily, repeated } from "./nexus-command";

const urlOption = () => new Option("--url <url>", "URL of the studio (default: NEXUS_URL)");

/** `npm run clusters` */
export function clusterCommands(program: Command): void {
  const clusters = program.command("clusters").description("clusters of a tenant, with an API key in NEXUS_TOKEN");
  const ofOne = (name: string, description: string) =>
    clusters
      .command(name)
      .description(description)
      .argument("<cluster>", "id or name of the cluster")
      .addOption(urlOption());
  clusters
    .command("list")
    .description("lists them, with what the last checks found")
    .addOption(urlOption())
    .action(lazily(async () => (await import("./commands/clusters")).listClusters));
  clusters
    .command("add")
    .description("adds a cluster by its kubeconfig, and checks it")
    .argument("<name>", "name of the cluster")
    .argument("<kubeconfig>", "file with the kubeconfig, - for standard input")
    .option("--context <name>", "context to take, where there are several")
    .option("--allow-insecure", "accept a server whose certificate is not checked", false)
    .addOption(urlOption())
    .action(lazily(async () => (await import("./commands/clusters")).addCluster));
  ofOne("status", "what the last check and the last scan found").action(
    lazily(async () => (await import("./commands/clusters")).clusterStatus),
  );
  ofOne("check", "asks the cluster how it is, and fails if it does not answer").action(
    lazily(async () => (await import("./commands/clusters")).checkCluster),
  );
  ofOne("scan", "looks for databases, and prints what it finds as it finds it")
    .option("--namespace <name>", "namespace to look in instead of the kubeconfig's; may be repeated", repeated, [])
    .action(lazily(async () => (await import("./commands/clusters")).scanCluster));
  ofOne("remove", "forgets the cluster and its kubeconfig; nothing in the cluster changes").action(
    lazily(async () => (await import("./commands/clusters")).removeCluster),
  );
}

/** `npm run deployments` */
export function deploymentCommands(program: Command): void {
  const deployments = program
    .command("deployments")
    .description("deployments of a tenant, with an API key in NEXUS_TOKEN");
  deployments
    .command("list")
    .description("lists them, the newest first")
    .addOption(urlOption())
    .action(lazily(async () => (await import("./commands/deployments")).listDeployments));
  deployments
    .command("deploy")
    .description("deploys a project to a cluster, and waits until it is applied")
    .addOption(urlOption())
    .requiredOption("--cluster <id>", "id of the cluster")
    .requiredOption("--project <id>", "id of the project")
    .option("--namespace <name>", "namespace instead of the project's own")
    .option("--key <key>", "idempotency key, such as the number of a build: the same again changes nothing")
    .option("--discover", "takes what the last scan of the cluster found for variables with the file's value", false)
    .option("--force", "takes over what somebody else manages", false)
    .action(lazily(async () => (await import("./commands/deployments")).deployProject));
  deployments
    .command("status")
    .description("how its workloads are, and what to do about problems")
    .argument("<deployment>", "id of the deployment")
    .addOption(urlOption())
    .action(lazily(async () => (await import("./commands/deployments")).deploymentStatus));
  deployments
    .command("rollback")
    .description("goes back to a revision with its variables, and waits until it is applied")
    .argument("<deployment>", "id of the deployment")
    .argument("<revision>", "number of the revision")
    .addOption(urlOption())
    .action(lazily(async () => (await import("./commands/deployments")).rollbackDeployment));
  deployments
    .command("manifests")
    .description("saves the objects of a revision as files, without secrets")
    .argument("<deployment>", "id of the deployment")
    .argument("[revision]", "number of the revision; the latest without it")
    .requiredOption("--out <folder>", "new or empty folder")
    .addOption(urlOption())
    .action(lazily(async () => (await import("./commands/deployments")).saveManifests));
  deployments
    .command("export")
    .description("saves it as an entry of nexus:compose, to bring it under Pulumi")
    .argument("<deployment>", "id of the deployment")
    .requiredOption("--out <folder>", "new or empty folder")
    .addOption(urlOption())
    .action(lazily(async () => (await import("./commands/deployments")).exportDeployment));
}
