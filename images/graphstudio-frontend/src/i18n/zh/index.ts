import type { en } from "../en";
import type { Translation } from "../translation";
import { account } from "./account";
import { admin } from "./admin";
import { audit } from "./audit";
import { auth } from "./auth";
import { clusters } from "./clusters";
import { common } from "./common";
import { deletion } from "./deletion";
import { deploy } from "./deploy";
import { deployments } from "./deployments";
import { examples } from "./examples";
import { keys } from "./keys";
import { members } from "./members";
import { oidc } from "./oidc";
import { plan } from "./plan";
import { problems } from "./problems";
import { results } from "./results";
import { security } from "./security";
import { services } from "./services";
import { shared } from "./shared";
import { tenant } from "./tenant";
import { workspace } from "./workspace";
import { workspaces } from "./workspaces";

const areas: Translation<typeof en> = {
  account,
  admin,
  audit,
  auth,
  clusters,
  common,
  deletion,
  deploy,
  deployments,
  examples,
  keys,
  members,
  oidc,
  plan,
  problems,
  results,
  security,
  shared,
  tenant,
  workspace,
  workspaces,
};

export const zh = { ...areas, services };
