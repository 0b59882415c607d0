import type { oidc as english } from "../en/oidc";
import type { Translation } from "../translation";

export const oidc: Translation<typeof english> = {
  continueWith: "使用 {{name}} 继续",
  leaving: "正在前往 {{name}}…",
  title: "正在登录",
  checking: "正在核对身份提供方的回复…",
  failed: "登录未成功",
  backToLogIn: "返回登录",
  otherWays: "无需密码登录",
  connectText: "将此账户与 {{name}} 关联，之后无需密码即可登录。两边的邮箱地址必须相同。",
  connected: "此账户已与 {{name}} 关联，您可以用它登录。",
  onlyWay: "您使用 {{name}} 登录。此账户没有密码。",
  proof: "此账户没有密码。此操作需要您在最近五分钟内登录过。",
};
