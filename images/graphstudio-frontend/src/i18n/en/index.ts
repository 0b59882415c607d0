import { account } from "./account";
import { admin } from "./admin";
import { audit } from "./audit";
import { auth } from "./auth";
import { clusters } from "./clusters";
import { common } from "./common";
import { deletion } from "./deletion";
import { keys } from "./keys";
import { members } from "./members";
import { oidc } from "./oidc";
import { plan } from "./plan";
import { problems } from "./problems";
import { security } from "./security";
import { tenant } from "./tenant";
import { workspace } from "./workspace";
import { workspaces } from "./workspaces";

export const en = {
  account,
  admin,
  audit,
  auth,
  clusters,
  common,
  deletion,
  keys,
  members,
  oidc,
  plan,
  problems,
  security,
  tenant,
  workspace,
  workspaces,
};
