import { Argument, type Command, Option } from "commander";
import { COMPOSE_NAMESPACE } from "@nexus/contract";
import { forStack, printable, ProgramError, type stackScripts } from "@nexus/host";
import { lazily, NexusCommand, repeated } from "./nexus-command";
import { clusterCommands, deploymentCommands } from "./tenant-commands";
import { dropUnreadOutput } from "./unread-output";
import { versionText } from "./version-text";

function stackCommand(program: Command, name: (typeof stackScripts)[number], description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("-s, --stack <name>", "stack: dev or staging", "dev")
    .option("--config-file <file>", "read the stack's configuration from this file instead of Pulumi.<stack>.yaml");
}

function composeCommand(program: Command): void {
  program
    .command("compose")
    .description("compose files as Kubernetes objects")
    .command("convert")
    .description("prints what a compose project becomes, secrets redacted, and what is lost")
    .argument("<file...>", "compose files in the order in which they are merged")
    .option("--profile <name>", "active profile; may be repeated", repeated, [])
    .option("--env-file <file>", "env file instead of .env; may be repeated", repeated, [])
    .option("--namespace <name>", "namespace of the project", COMPOSE_NAMESPACE)
    .option("--pod-security <level>", "baseline or restricted", "baseline")
    .option("--no-network-policies", "do not make NetworkPolicies from networks")
    .option("--image <service=image>", "image of a service that compose would build; may be repeated", repeated, [])
    .option("--image-pull-secret <name>", "Secret with which nodes pull images")
    .option("--root <dir>", "folder that must contain all files (default: that of the first file)")
    .option("-o, --out <dir>", "writes one file for each object instead of printing them")
    .action(lazily(async () => (await import("./commands/compose")).convertFiles));
}

function backupCommands(program: Command): void {
  stackCommand(program, "backup", "makes a backup of the database now").action(
    lazily(async () => (await import("./commands/backup")).backup),
  );
  stackCommand(program, "backups", "lists the backups of the database")
    .option("--drill", "restore the newest one into a database server of its own and compare, instead", false)
    .action(lazily(async () => (await import("./commands/backup")).backups));
  stackCommand(program, "restore", "restores a backup beside the database, verifies it, and then uses it")
    .requiredOption("--from <id>", "id of the backup, as `npm run backups` prints it, or newest")
    .option("-y, --yes", "continue without a question", false)
    .action(lazily(async () => (await import("./commands/backup")).restore));
  stackCommand(program, "recovery", "writes a file with the key of the backups and what to do after a disaster")
    .requiredOption("-o, --out <file>", "file to write")
    .action(lazily(async () => (await import("./commands/backup")).recovery));
}

function releaseCommands(program: Command): void {
  stackCommand(program, "releases", "lists what the stack was after each update")
    .option("--json", "print one JSON document, with the configuration of each", false)
    .action(lazily(async () => (await import("./commands/releases")).releases));
  stackCommand(program, "rollback", "goes back to the images and the configuration of an earlier release")
    .requiredOption("--to <number>", "number of the release, as `npm run releases` prints it")
    .option("-y, --yes", "continue without a question", false)
    .action(lazily(async () => (await import("./commands/rollback")).rollback));
}

function auditCommand(program: Command): void {
  program
    .command("audit")
    .description("audit trails of tenants")
    .command("verify")
    .description("names the first row of an exported trail that was changed, removed or inserted")
    .argument("[file]", "the export; without it the studio is asked, with an access token in NEXUS_TOKEN")
    .option("--url <url>", "URL of the studio")
    .option("--tenant <id>", "tenant whose trail is checked")
    .option("--head <hash>", "hash of a row that an earlier check printed; the trail must still have it")
    .action(lazily(async () => (await import("./commands/audit")).verifyAudit));
}

function plansCommand(program: Command): void {
  program
    .command("plans")
    .description("plans of tenants")
    .command("set")
    .description("gives a tenant a plan; signs with NEXUS_BILLING_SECRET, which the stack has as nexus:billingSecret")
    .argument("<tenant>", "id of the tenant")
    .argument("<plan>", "a plan of nexus:plans.definitions")
    .requiredOption("--url <url>", "URL of the studio, or of its backend")
    .option("--state <state>", "trial, active, past_due or cancelled", "active")
    .option("--until <time>", "end of the period, such as 2030-01-31T00:00:00Z; a trial needs it")
    .action(lazily(async () => (await import("./commands/plans")).setPlan));
}

function commandLine(): Command {
  const program = new NexusCommand("nexus")
    .description("Runs Nexus: a multi-tenant workspace platform on Kubernetes. Each command is an npm script.")
    .option("-V, --version", "prints the version and the commit")
    .on("option:version", () => {
      process.stdout.write(`${versionText()}\n`);
      process.exit();
    });
  stackCommand(program, "up", "brings the platform up and prints its URLs")
    .option("-y, --yes", "continue without a question, as in a CI job", false)
    .action(lazily(async () => (await import("./commands/up")).up));
  stackCommand(program, "preview", "shows what `up` would change").action(
    lazily(async () => (await import("./commands/preview")).preview),
  );
  stackCommand(program, "destroy", "removes what `up` made, and the cluster that it made on this machine")
    .option("-y, --yes", "continue without a question, as in a CI job", false)
    .option("--keep-platform", "leave that cluster running", false)
    .addOption(
      new Option("--forget", "forget a kind cluster whose Docker engine is gone for good")
        .default(false)
        .conflicts("keepPlatform"),
    )
    .action(lazily(async () => (await import("./commands/destroy")).destroy));
  stackCommand(program, "drift", "what somebody else changed since the last update; exit code 2 if anything")
    .option("--markdown", "print it as Markdown, for a comment or a job's summary", false)
    .action(lazily(async () => (await import("./commands/drift")).drift));
  stackCommand(program, "status", "workloads, endpoints, autoscalers, usage and recent warnings at a glance")
    .option("--events", "all events, sorted by time, instead of the newest warnings", false)
    .action(lazily(async () => (await import("./commands/status")).status));
  stackCommand(program, "logs", "follows a service's logs")
    .argument("[service]", "workspace-kernel, graphstudio-backend, graphstudio-frontend, nexus-os, postgres or redis")
    .option("--tail <lines>", "lines of each container to begin with (default: 50, with --since all)")
    .option("--since <time>", "lines of this last time only, such as 90s, 30m, 2h or 1d")
    .option("--probes", "include successful health checks, which each pod gets every few seconds", false)
    .option("--no-follow", "print the existing lines and stop")
    .option("--previous", "the logs of the container before its last restart", false)
    .option("--json", "print the lines as they are", false)
    .action(lazily(async () => (await import("./commands/logs")).logs));
  stackCommand(
    program,
    "platform-admin",
    "who may administer the platform, and what tenants use; runs in a pod of the backend",
  )
    .addArgument(new Argument("<act>", "what to do").choices(["grant", "revoke", "list", "usage"]))
    .argument("[text]", "address of an account of the studio; for usage, the id of a tenant or a part of its name")
    .option("--account <id>", "id of the account, as its person sees it; needed while the address is not verified")
    .action(lazily(async () => (await import("./commands/platform-admin")).platformAdmin));
  backupCommands(program);
  clusterCommands(program);
  deploymentCommands(program);
  releaseCommands(program);
  stackCommand(program, "render", "writes the stack's Kubernetes objects as YAML, without a cluster")
    .requiredOption("-o, --out <dir>", "folder to write to")
    .action(lazily(async () => (await import("./commands/render")).render));
  program
    .command("discover")
    .description("finds mongo, redis, postgres, qdrant and neo4j in a cluster, for the variables of a compose stack")
    .requiredOption("--context <name>", "context of the kubeconfig; the current one is never used")
    .option(
      "-n, --namespace <name>",
      "namespace to look in, more than once for several (default: the context's)",
      repeated,
    )
    .option("--kubeconfig <file>", "kubeconfig to read (default: KUBECONFIG, else ~/.kube/config)")
    .option("--compose <file>", "compose file whose variables get values")
    .option("--variable <name>", "a variable that gets a value, more than once for several", repeated)
    .option("--set <NAME=value>", "a value that overrides all others, more than once for several", repeated)
    .option("--settings <file>", "file of NAME=value lines that override findings")
    .option("--use <kind=service>", "Service to use if there are several of a kind", repeated)
    .option("--reach <typed|cluster>", "use addresses by Service type, or names inside the cluster", "typed")
    .option("--allow-unconfirmed", "also use databases that no handshake confirmed", false)
    .option("--timeout <seconds>", "maximum time of the whole scan in seconds, 1 to 600", "60")
    .option("--json", "print one JSON document", false)
    .action(lazily(async () => (await import("./commands/discover")).discoverCommand));
  composeCommand(program);
  auditCommand(program);
  plansCommand(program);
  program
    .command("bench")
    .description("the benchmarks: a table, and JSON in .nexus/bench.json")
    .addArgument(
      new Argument("[suite]", "all: beside peers; hostile: what attackers cost the others; members: a tenant of 10,000")
        .choices(["all", "hostile", "members"])
        .default("all"),
    )
    .action(lazily(async () => (await import("./commands/bench")).bench));
  program
    .command("fuzz")
    .description("random requests to kernel and backend, from their OpenAPI documents")
    .action(lazily(async () => (await import("./commands/fuzz")).fuzz));
  program
    .command("doctor")
    .description("says what this machine has, what is missing and what it costs")
    .action(lazily(async () => (await import("./commands/doctor")).doctor));
  program
    .command("env")
    .description('prints shell settings: eval "$(npm run -s env)"')
    .action(lazily(async () => (await import("./commands/env")).env));
  program
    .command("requirements")
    .description("checks docs/requirements.md, and prints the requirements that are not proven")
    .action(lazily(async () => (await import("./commands/requirements")).requirements));
  program
    .command("check")
    .description("format, lint, types, and the tests that need no cluster")
    .option(
      "--long",
      "with the tests that take long, such as hostile programs, models, rollouts and the studio in a browser, as `npm test` does",
      false,
    )
    .action(lazily(async () => (await import("./commands/check")).check));
  program
    .command("test")
    .description("everything: check, the API fuzzer, then the end-to-end tests on a cluster of their own")
    .option("--e2e-only", "only the end-to-end tests", false)
    .option(
      "--soak",
      "150 workspaces and 30 killed kernel pods instead of 40 and 4, updates that are killed after each number of steps, and a restore after the loss of a namespace; takes 30 minutes longer",
      false,
    )
    .option("--keep", "leave the test cluster running for a closer look", false)
    .action(lazily(async () => (await import("./commands/test")).test));
  return program;
}

let stack = "dev";
dropUnreadOutput();
commandLine()
  .hook("preAction", (_program, command) => {
    ({ stack = "dev" } = command.opts<{ stack?: string }>());
  })
  .parseAsync()
  .catch((error: unknown) => {
    // A program that failed has printed its own error; every other error is printed as one message without a stack.
    const message = error instanceof Error ? error.message : String(error);
    const text = printable(error instanceof ProgramError ? message : `Error: ${message}`);
    process.stderr.write(`\n${forStack(text, stack)}\n`);
    if (process.env.NEXUS_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  });
