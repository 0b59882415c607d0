import type { account as english } from "../en/account";
import type { Translation } from "../translation";

export const account: Translation<typeof english> = {
  title: "账户",
  language: "语言",
  sessions: "会话",
  sessionsText: "您已登录的位置。退出登录后，API 最长还可使用 15 分钟。",
  kinds: { browser: "浏览器", program: "程序" },
  since: "登录于{{age}}",
  endSession: "结束{{age}}登录的会话",
  end: "结束",
  logOutEverywhere: "退出所有会话",
  password: "密码",
  passwordChanged: "密码已修改，其他会话均已结束。",
  presentPassword: "当前密码",
  presentPasswordMissing: "请输入当前密码",
  newPassword: "新密码",
  changePassword: "修改密码",
  setPassword: "设置密码",
  changing: "正在修改…",
};
