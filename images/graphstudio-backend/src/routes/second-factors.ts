import type { AuditAct } from "@nexus/contract";
import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { AccountService } from "../accounts/account-service";
import type { SecondFactorService } from "../accounts/second-factor-service";
import { codeBody, newSecret, passwordOnlyBody, provenBody, recoveryCodes, secondFactor } from "../schemas";
import type { Hooks } from "./hooks";
import { codeErrors, passwordErrors, proofErrors } from "./proof-errors";

export interface SecondFactorRoutesOptions {
  readonly accounts: AccountService;
  readonly secondFactors: SecondFactorService;
  readonly hooks: Hooks;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const PATH = "/account/second-factor";

/** What a person does with their own second factor. Each change needs a proof of the person, so an access token alone makes none. */
export function registerSecondFactorRoutes(app: App, options: SecondFactorRoutesOptions): void {
  const { accounts, secondFactors, hooks, authenticate } = options;
  const common = { tags: ["two-factor sign-in"], security: [{ bearer: [] }], permission: null };
  const onRequest = [hooks.limited, authenticate];
  const errors = ["database_unavailable", "rate_limited"] as const;
  const coded = [...errors, ...codeErrors] as const;
  const proven = async (request: FastifyRequest, password: string, act: AuditAct) =>
    await accounts.prove(request.ip, requirePrincipal(request).userId, password, act);

  app.get(
    PATH,
    {
      onRequest: authenticate,
      schema: { ...common, response: { 200: secondFactor }, errors: ["database_unavailable"] },
    },
    async (request) => await secondFactors.look(requirePrincipal(request).userId),
  );

  app.post(
    PATH,
    {
      onRequest,
      schema: {
        ...common,
        body: passwordOnlyBody,
        response: { 201: newSecret },
        errors: [...errors, ...passwordErrors, "second_factor_on"],
      },
    },
    async (request, reply) => {
      const person = await proven(request, request.body.password, "second-factor.on");
      return reply.code(201).send(await secondFactors.begin(person));
    },
  );

  app.post(
    `${PATH}/confirm`,
    {
      onRequest,
      schema: { ...common, body: codeBody, response: { 200: recoveryCodes }, errors: [...coded, "second_factor_on"] },
    },
    async (request) => {
      const person = await accounts.person(requirePrincipal(request).userId);
      return { recoveryCodes: await secondFactors.confirm({ ...person, address: request.ip }, request.body.code) };
    },
  );

  app.post(
    `${PATH}/recovery-codes`,
    {
      onRequest,
      schema: {
        ...common,
        body: provenBody,
        response: { 200: recoveryCodes },
        errors: [...errors, ...proofErrors],
      },
    },
    async (request) => {
      const { password, code } = request.body;
      const person = await proven(request, password, "recovery-codes.made");
      return { recoveryCodes: await secondFactors.newRecoveryCodes(person, code) };
    },
  );

  app.post(
    `${PATH}/off`,
    {
      onRequest,
      schema: {
        ...common,
        body: provenBody,
        response: { 204: z.null() },
        errors: [...errors, ...proofErrors],
      },
    },
    async (request, reply) => {
      const { password, code } = request.body;
      await secondFactors.turnOff(await proven(request, password, "second-factor.off"), code);
      return reply.code(204).send(null);
    },
  );
}
