import type { en } from "../en";
import type { Translation } from "../translation";
import { account } from "./account";
import { auth } from "./auth";
import { common } from "./common";
import { members } from "./members";
import { problems } from "./problems";
import { services } from "./services";
import { workspace } from "./workspace";
import { workspaces } from "./workspaces";

const areas: Translation<typeof en> = { account, auth, common, members, problems, workspace, workspaces };

export const zh = { ...areas, services };
