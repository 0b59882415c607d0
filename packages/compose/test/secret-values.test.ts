import { holdsSecretText, isSecretVariable } from "../src/secrets";

describe("E7: names of secrets", () => {
  it.each([
    "A_API_KEY",
    "A_KEY",
    "A_PASSWORD",
    "A_PASS",
    "A_TOKEN",
    "A_CREDENTIALS",
    "A_SECRET",
    "PASSWORD",
    "a_token",
    "SMTP_AUTH",
    "COOKIE_SALT",
    "SALT",
    "SLACK_WEBHOOK",
    "SLACK_WEBHOOK_URL",
    "ALERT_WEBHOOKS",
    "db-password",
    "DBPASS",
    "REDISPASS",
    "LDAP_BINDPW",
    "DBPWD",
    "TLSPSK",
    "TS_AUTHKEY",
    "IDP_MASTERKEY",
    "ENCRYPTIONKEY",
    "APP_KEYS",
    "API_TOKENS",
    "BACKUP_PASSPHRASES",
    "JWT_SECRETS",
    "WALLET_MNEMONIC",
    "SIGNING_SEED",
    "LOGIN_PIN",
    "DB_PASS_2",
    "SIGNINGKEY1",
    "HTTPAUTH",
    "PEPPER",
    "RECOVERY_CODES",
    "adminPass",
    "jwt.token",
    "CODE_VERIFIER",
    "PRESHARED",
    "API_BEARER",
  ])("%s is secret whatever it holds", (name) => expect(isSecretVariable(name, "x")).toBe(true));

  it.each([
    "DATABASE_HOST",
    "FEATURE_ON",
    "MONKEY",
    "COMPASS",
    "PASSWORD_FILE",
    "TOKEN_TTL",
    "KEYCLOAK_URL",
    "BYPASS",
    "ENCOMPASS",
    "HOTKEY",
    "TURKEYS",
    "OAUTH",
    "PWD",
    "OLDPWD",
    "LED_PIN",
    "APP_KEYS_PATH",
    "SEEDER",
    "AUTH_ENABLED",
    "PASSWORD_MIN_LENGTH",
    "SALT_ROUNDS",
    "BASALT",
    "AUTHOR",
    "WEBHOOK_URL",
    "A_WEBHOOK_PORT",
  ])("E6: %s is not", (name) => expect(isSecretVariable(name, "x")).toBe(false));

  it.each([
    ["SMTP_AUTH", "plain"],
    ["SMTP_AUTH", "true"],
    ["ENABLE_WEBHOOK", "1"],
    ["PROXY_AUTH", ""],
    ["MAX_TOKENS", "128000"],
    ["RANDOM_SEED", "42"],
    ["ENABLE_KEYS", "true"],
  ])("E6: the switch %s=%s is not", (name, value) => expect(isSecretVariable(name, value)).toBe(false));
});

describe("X14: values of secrets", () => {
  const pem = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
  it.each([
    ["password in a URL", "postgres://app:hush@db/app"],
    ["password without a user", "redis://:hush@cache:6379/0"],
    ["token in a URL", "https://0123456789abcdef01234567@host/1"],
    ["Go's connection string", "app:hush@tcp(db:3306)/app"],
    ["named value", "Server=db;Password=hush1;"],
    ["query string", "https://host/a?token=hush1"],
    ["private key", pem],
    ["private key in base64", Buffer.from(pem).toString("base64")],
    ["known prefix", "ghp_0123456789abcdefghijklmnopqrstuvwxyz"],
    ["key id", "AKIAABCDEFGHIJKLMNOP"],
    ["web token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"],
    ["password hash", "$2b$10$abcdefghijklmnopqrstuv"],
    ["hexadecimal key", "9f86d081884c7d659a2feaa0c55ad015"],
    ["setting of Java", "-Xmx1g -Djavax.net.ssl.keyStorePassword=Tr1ckyPass9"],
    ["setting with a dot", "-Ddb.password=Tr1ckyPass9"],
    ["header", "Accept: */*, Authorization: Bearer abcdefgh"],
    ["header of a user", "Authorization: Basic dXNlcjpw"],
    ["header that is escaped", "Authorization=Basic%20dXNlcjpw"],
    ["scheme and token", "Bearer abcdef123456"],
    ["scheme and account", "Basic dXNlcjpwYXNz"],
    ["account of a client", "curl -s -u user:hush https://host"],
    ["account of a client by a long flag", "wget --user=app:hush https://host"],
    ["property of Java", "-Xmx1g -Dpassword=hush1"],
    ["flag with the next word", "serve --db-password hunter --verbose"],
    ["flag with its value", "--password=hunter"],
    ["Slack webhook", "https://hooks.slack.com/services/T0/B0/abcdef"],
    ["Discord webhook", "https://discord.com/api/webhooks/1234567/abcdef"],
    ["Telegram bot's token", "123456789:AAabcdefghijklmnopqrstuvwxyz_abcdef"],
    ["Telegram URL", "https://api.telegram.org/bot123456789:AAabcdefghijklmnopqrstuvwxyz_abcdef/get"],
    ["password of a directory", "cn=admin,dc=x;pw=hunter"],
    ["random letters", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12"],
  ])("a %s is one under any name", (_, value) => expect(isSecretVariable("SETTING", value)).toBe(true));

  it.each([
    ["URL", "https://example.com/path?page=2"],
    ["URL with a user", "ssh://git@example.com/repo"],
    ["list of hosts", "redis:6379,redis-2:6379"],
    ["sentence", "The quick brown fox jumps over the lazy dog"],
    ["path", "/var/lib/postgresql/data/some/Long/Path1"],
    ["class name", "com.example.application.ConfigurationFactory"],
    ["version", "sha256:latest"],
    ["name", "text-embedding-large-model-version-3"],
    ["number", "31536000"],
    ["sentence on passwords", "Bearer authentication, or the password of your account"],
    ["setting of a switch", "authorization: enabled"],
    ["flag with a variable", "serve --db-password $DB_PASSWORD --token-ttl 3600"],
    ["flag with no value", "serve --use-password --verbose"],
    ["Java's length", "-Dapp.passwordMinLength=12 -Dapp.useToken=true -Dapp.maxToken=128000"],
    ["documentation URL", "https://discord.com/developers/docs and https://slack.com/help"],
    ["image", "app:20240101"],
    ["sentence that begins with a scheme", "Basic settings"],
    ["account with a variable", "curl -u user:$SETTING https://host"],
    ["flag of another program", "sort -u a:b"],
  ])("a %s is none", (_, value) => expect(isSecretVariable("SETTING", value)).toBe(false));

  it("a public key is not secret even if its name looks so; its private key is", () => {
    const ssh = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 me";
    expect(isSecretVariable("VERIFY_PUBLIC_KEY", ssh)).toBe(false);
    expect(isSecretVariable("VERIFY_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nMI\n-----END PUBLIC KEY-----")).toBe(
      false,
    );
    expect(isSecretVariable("VERIFY_PUBLIC_KEY", pem)).toBe(true);
    expect(isSecretVariable("VERIFY_PUBLIC_KEY", "not a key")).toBe(true);
  });

  it("files are searched line by line", () => {
    expect(holdsSecretText("server {\n  listen 80;\n}")).toBe(false);
    expect(holdsSecretText("user: app\npassword: hush1")).toBe(true);
    expect(holdsSecretText("export MY_TOKEN=abc")).toBe(true);
  });
});
