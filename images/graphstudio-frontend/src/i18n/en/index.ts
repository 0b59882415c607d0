import { account } from "./account";
import { auth } from "./auth";
import { common } from "./common";
import { members } from "./members";
import { problems } from "./problems";
import { workspace } from "./workspace";
import { workspaces } from "./workspaces";

export const en = { account, auth, common, members, problems, workspace, workspaces };
