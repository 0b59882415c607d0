import { z } from "zod";
import { flag, text } from "../fields";

const url = (example: string) => text(/^https?:\/\/\S+$/, "a URL", example);

/** Who may call the kernel. */
export const authSection = z
  .strictObject({
    enabled: flag()
      .describe(
        "Calls need a token. Without, everybody works in one default tenant, which staging takes only from its own file.",
      )
      .default(true),
    issuer: url("https://login.example.com")
      .describe("Issuer that tokens must name; null for the backend's own, or whoever has the signing key.")
      .nullable()
      .default(null),
    jwksUrl: url("https://login.example.com/.well-known/jwks.json")
      .describe("Public keys of that issuer; null where tokens are signed with the shared `JWT_SECRET`.")
      .nullable()
      .default(null),
    audience: text(/^\S+$/, "an audience without spaces", "nexus")
      .describe("Audience that tokens of the issuer must name; null takes those that it made for others as well.")
      .nullable()
      .default(null),
  })
  .prefault({});
