import { roles, TENANT_ID } from "@nexus/contract";
import { z } from "zod";
import { certificates, choice, text } from "../fields";
import { isNetwork } from "../forms";
import { settingsBelow } from "../settings";

/** Names of groups come from elsewhere; what cannot be seen in a configuration is refused. */
const GROUP = /^[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]{0,198}[^\p{C}\p{Z}])?$/u;

const group = z
  .strictObject({
    tenant: text(TENANT_ID, "the id of a tenant, in lower case", "3f2b8c1e-5d4a-4b6c-9e7f-0a1b2c3d4e5f").describe(
      "Id of the tenant, which its members see in the studio's address of the tenant and in `GET /account/tenants`.",
    ),
    role: choice(roles).describe("What members of the group are in that tenant.").default("member"),
  })
  .describe("What members of one group are.");

const oidc = z.strictObject({
  ...settingsBelow("auth.oidc."),
  network: text({ test: isNetwork }, "a network without bits beyond its length", "10.0.0.0/16")
    .describe(
      "Private network of the identity provider, which the network policies admit; null admits public addresses. Not used if the issuer has an IP address or is a Service of this cluster.",
    )
    .nullable()
    .default(null),
  caCertificate: certificates()
    .describe("Trusted certificate authorities of the identity provider; null for those of Node.js.")
    .nullable()
    .default(null),
  groups: z
    .record(z.string().regex(GROUP, "is not a name of at most 200 visible characters"), group)
    .meta({ expects: "roles by the names of groups" })
    .describe(
      "Roles in tenants, by the groups of the identity provider. At each sign-in the person gets what they say.",
    )
    .default({}),
});

/** Who may call the kernel, and how people sign in. */
export const authSection = z
  .strictObject({
    ...settingsBelow("auth."),
    oidc: oidc.prefault({}).describe("An identity provider that people sign in with (OpenID Connect)."),
  })
  .prefault({});
