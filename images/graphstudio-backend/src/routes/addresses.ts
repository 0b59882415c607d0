import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { AccountService } from "../accounts/account-service";
import type { AddressService } from "../accounts/address-service";
import type { SecondFactorService } from "../accounts/second-factor-service";
import { addressBody, addressState, addressTokenBody } from "../schemas";
import type { Hooks } from "./hooks";
import { proofErrors } from "./proof-errors";

export interface AddressRoutesOptions {
  readonly accounts: AccountService;
  readonly addresses: AddressService;
  readonly secondFactors: SecondFactorService;
  readonly hooks: Hooks;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const PATH = "/account/address";

/** The address of a person: whether they read its mails, and a new one. */
export function registerAddressRoutes(app: App, options: AddressRoutesOptions): void {
  const { accounts, addresses, secondFactors, hooks, authenticate } = options;
  const common = { tags: ["addresses"], security: [{ bearer: [] }], permission: null };
  const onRequest = [hooks.limited, authenticate];
  const errors = ["database_unavailable", "rate_limited"] as const;
  const caller = (request: FastifyRequest) => requirePrincipal(request).userId;

  app.get(
    PATH,
    {
      onRequest: authenticate,
      schema: { ...common, response: { 200: addressState }, errors: ["database_unavailable"] },
    },
    async (request) => await addresses.look(caller(request)),
  );

  app.post(
    PATH,
    {
      onRequest,
      schema: {
        ...common,
        body: addressBody,
        response: { 204: z.null() },
        errors: [...errors, ...proofErrors, "mail_not_configured"],
      },
    },
    async (request, reply) => {
      const { email, password, code } = request.body;
      const person = await accounts.prove(request.ip, caller(request), password, "address.changed");
      await secondFactors.require(person, code);
      await addresses.change(person.userId, email);
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${PATH}/link`,
    {
      onRequest,
      schema: { ...common, response: { 204: z.null() }, errors: [...errors, "mail_not_configured"] },
    },
    async (request, reply) => {
      await addresses.sendAgain(caller(request));
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${PATH}/confirm`,
    {
      onRequest,
      schema: {
        ...common,
        body: addressTokenBody,
        response: { 204: z.null() },
        errors: [...errors, "link_invalid"],
      },
    },
    async (request, reply) => {
      await addresses.prove(caller(request), request.body.token);
      return reply.code(204).send(null);
    },
  );
}
