/** What can go wrong in the studio itself; the services describe their own problems in English. */
export const problems = {
  sentence: "{{text}}.",
  nextField: ". ",
  waitSeconds: "{{sentence}} Try again in {{seconds}} s.",
  wait: "{{sentence}} Try again in a moment.",
  studio: "Something went wrong in the studio. Reload the page and try again.",
  unexpectedAnswer: "The server answered with status {{status}}",
  valueRefused: "This value is not accepted",
  codes: {
    network: "The server cannot be reached. Check the connection and try again.",
    session_changed:
      "Another tab went over to another account or tenant. Nothing was sent; look at the page and try again.",
    session_ended: "Your session has ended. Log in again to go on.",
  },
} as const;
