/** Commands about one stack. Without `--stack` they are about dev. */
export const stackScripts = [
  "up",
  "preview",
  "destroy",
  "drift",
  "status",
  "logs",
  "platform-admin",
  "backup",
  "backups",
  "restore",
  "recovery",
  "releases",
  "rollback",
  "render",
] as const;

const COMMANDS = new RegExp(
  `\\b(?:npm run (${stackScripts.join("|")})(?![\\w-])(?! -- --stack)(?: --(?= ))?|pulumi config (set|rm)(?! --stack)(?= ))`,
  "g",
);

/** A text for people, whose commands name the stack: without that, they would change or show dev. */
export function forStack(text: string, stack: string): string {
  if (stack === "dev") return text;
  return text.replace(COMMANDS, (_command, script?: string, act?: string) =>
    script === undefined ? `pulumi config ${act} --stack ${stack}` : `npm run ${script} -- --stack ${stack}`,
  );
}
