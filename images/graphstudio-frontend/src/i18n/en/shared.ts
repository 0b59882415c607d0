/** Values of variables for all projects of a tenant. */
export const shared = {
  variables: "Shared variables",
  text: "A project takes the value of a variable from here, unless somebody entered another one for the project.",
  none: "No shared variables yet",
  noneText:
    "Store what several projects need once, such as the address of a mail server or the key of an API. A value goes before what a scan finds and before that of the compose file.",
  isSecret: "secret, never shown",
  remove: "Remove",
  removeNamed: "Remove {{name}}",
  removeTitle: "Remove <variable/>?",
  removeText:
    "What is deployed keeps its value. At their next deployment projects take what a scan finds, or the value of the compose file.",
  removeIt: "Remove variable",
  removed: "{{name}} is removed",
  set: "Store a variable",
  name: "Name",
  nameHint: "As compose files write it, such as SMTP_HOST. A name that is there gets the new value.",
  nameWrong: "Give letters, digits and underscores, and no digit first",
  value: "Value",
  secret: "Secret",
  secretText: "It is encrypted, goes into Secrets, and nobody can read it here.",
  store: "Store",
  storing: "Storing…",
  stored: "{{name}} is stored",
} as const;
