import { account } from "./account";
import { auth } from "./auth";
import { common } from "./common";
import { members } from "./members";

export const en = { account, auth, common, members };
