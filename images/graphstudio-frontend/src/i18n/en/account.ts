/** The page of a person's own account. */
export const account = {
  title: "Account",
  language: "Language",
  sessions: "Sessions",
  sessionsText: "Where you are logged in. Who is logged out may still use the API for up to 15 minutes.",
  kinds: { browser: "Browser", program: "Program" },
  since: "since {{age}}",
  endSession: "End the session of {{age}}",
  end: "End",
  logOutEverywhere: "Log out everywhere",
  password: "Password",
  passwordChanged: "Your password is changed, and all other sessions have ended.",
  presentPassword: "Present password",
  presentPasswordMissing: "Enter your present password",
  newPassword: "New password",
  changePassword: "Change password",
  changing: "Changing…",
} as const;
