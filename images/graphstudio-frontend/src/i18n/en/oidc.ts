/** Signing in with an identity provider. */
export const oidc = {
  continueWith: "Continue with {{name}}",
  leaving: "Going to {{name}}…",
  title: "Signing in",
  checking: "Checking the answer of the identity provider…",
  failed: "You are not signed in",
  backToLogIn: "Back to the log-in",
  connect: "Other ways to log in",
  connectText: "Connect this account with {{name}}, to log in without a password. Both must have the same address.",
} as const;
