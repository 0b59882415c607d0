import type { oidc as english } from "../en/oidc";
import type { Translation } from "../translation";

export const oidc: Translation<typeof english> = {
  continueWith: "使用 {{name}} 继续",
  leaving: "正在前往 {{name}}…",
  title: "正在登录",
  checking: "正在核对身份提供方的回复…",
  failed: "登录未成功",
  backToLogIn: "返回登录",
  connect: "其他登录方式",
  connectText: "将此账户与 {{name}} 关联，之后无需密码即可登录。两边的邮箱地址必须相同。",
};
