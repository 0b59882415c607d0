import { account } from "./account";
import { auth } from "./auth";
import { common } from "./common";
import { members } from "./members";

export const zh = { account, auth, common, members };
