import { readDeploySettings } from "../../support/ci/deploy-settings";
import type { Runner } from "./runner";

/** What Pulumi Deployments runs after the pre-run commands. */
const OPERATIONS = {
  preview: "pulumi preview --non-interactive --stack",
  update: "pulumi up --yes --non-interactive --stack",
  /** Removes the protection, which a person does by hand: staging protects objects with data. */
  unprotect: "pulumi state unprotect --all --yes --stack",
  destroy: "pulumi destroy --yes --non-interactive --stack",
};
type Operation = keyof typeof OPERATIONS;

/** The image of Pulumi, with the CLI of its tag. */
const EXECUTOR_IMAGE = /^pulumi\/pulumi:(\d+\.\d+\.\d+)$/;

/**
 * Does what an executor does with a stack's settings file. A real deployment has one operation; here several share a
 * clone.
 */
export class Deployment {
  private constructor(
    private readonly stack: string,
    private readonly runner: Runner,
    private readonly variables: Readonly<Record<string, string>>,
  ) {}

  /**
   * Gets the image and the source, and runs the pre-run commands, each in its own shell.
   * @param variables this runner's values for those that the file leaves to its reader, and its secrets
   */
  public static async prepare(
    stack: string,
    runner: Runner,
    origin: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<Deployment> {
    const { executorContext, operationContext } = readDeploySettings(stack);
    const reference = executorContext?.executorImage?.reference ?? "";
    const [, version] = EXECUTOR_IMAGE.exec(reference) ?? [];
    if (!version)
      throw new Error(`These tests have no stand-in for the image ${reference}. Fix: add one to ${__filename}.`);
    runner.useNpmCache();
    await runner.checkOut(origin);
    await runner.installPulumi(version);
    const plain = Object.entries(operationContext.environmentVariables ?? {}).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    );
    const all = { ...Object.fromEntries(plain), ...variables };
    for (const command of operationContext.preRunCommands ?? []) await runner.run(command, command, all);
    return new Deployment(stack, runner, all);
  }

  /** Returns its output. */
  public run(operation: Operation): Promise<string> {
    const command = `${OPERATIONS[operation]} ${this.stack}`;
    return this.runner.run(command, command, this.variables);
  }
}
