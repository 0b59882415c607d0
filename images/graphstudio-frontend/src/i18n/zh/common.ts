import type { common as english } from "../en/common";
import type { Translation } from "../translation";

export const common: Translation<typeof english> = {
  comma: "，",
  justNow: "刚刚",
  language: "语言",
  useTheme: { light: "使用浅色主题", dark: "使用深色主题" },
  home: "{{product}}，全部工作区",
  whoAmI: "{{email}}，{{tenant}} 的{{role}}",
  tenant: "租户",
  members: "成员",
  account: "账户",
  administration: "平台管理",
  logOut: "退出登录",
  tryAgain: "重试",
  opening: "正在打开 Studio…",
  cannotOpen: "无法打开 Studio",
  noSuchPage: "找不到此页面",
  noSuchPageText: "地址有误。",
  allWorkspaces: "全部工作区",
  crashed: "Studio 已停止工作",
  crashedText: "您的工作区不受影响，请重新加载页面以继续。",
  reload: "重新加载",
  whoMay: "您在这里的角色是{{role}}。请联系此租户的{{allowed, list}}。",
  seeWho: "查看这些人",
  everyRole: { owner: "所有者", admin: "管理员", member: "成员", viewer: "查看者" },
  roles: { owner: "所有者", admin: "管理员", member: "成员", viewer: "查看者" },
};
