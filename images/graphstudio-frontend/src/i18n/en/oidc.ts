/** Signing in with an identity provider. */
export const oidc = {
  continueWith: "Continue with {{name}}",
  leaving: "Going to {{name}}…",
  title: "Signing in",
  checking: "Checking the answer of the identity provider…",
  failed: "The sign-in did not work",
  backToLogIn: "Back to the log-in",
  otherWays: "Log-in without a password",
  connectText: "Connect this account with {{name}}, to log in without a password. Both must have the same address.",
  connected: "This account is connected with {{name}}: you can log in with it.",
  onlyWay: "You log in with {{name}}. This account has no password.",
  proof: "This account has no password. This needs a log-in of the last five minutes instead.",
} as const;
