import type { auth as english } from "../en/auth";
import type { Translation } from "../translation";

export const auth: Translation<typeof english> = {
  claim: "代码会记住<br/>自己运行到了哪里。",
  demoType: "number",
  demoTypeLater: "number，再运行一次之后",
  foot: "每个工作区都在独立的沙箱中运行，变量在多次运行之间保留。",

  email: "邮箱",
  emailMissing: "请输入邮箱地址",
  emailWrong: "请输入邮箱地址，例如 ada@example.com",
  password: "密码",
  passwordMissing: "请输入密码",
  passwordHint_other: "至少 {{count}} 个字符，且不能是常见密码",
  passwordTooShort_other: "密码至少需要 {{count}} 个字符",

  logIn: "登录",
  loggingIn: "正在登录…",
  sessionEnded: "会话已结束，请重新登录。",
  forgotPassword: "忘记密码？",
  newHere: "还没有账户？<a>创建账户</a>",

  signUp: "创建您的账户",
  tenantName: "团队名称（可选）",
  tenantNameHint: "显示在工作区列表上方",
  createAccount: "创建账户",
  creatingAccount: "正在创建账户…",
  haveAccount: "已有账户？<a>登录</a>",
  signUpByInvitation: "注册需要邀请",
  signUpByInvitationText: "请向成员索取邀请链接，打开链接即可创建账户。",
  signUpClosed: "注册已关闭",
  signUpClosedText: "此处无法自行创建账户，请联系平台管理员。",

  invitation: "邀请",
  join: "加入 {{tenant}}",
  invites: "{{invitedBy}} 邀请 {{email}} 加入，角色：{{role}}。",
  invitesYou: "{{invitedBy}} 邀请您加入，角色：{{role}}。",
  iHaveAccount: "我已有账户",
  notNow: "暂不加入",
  joinAs: "以 {{email}} 的身份加入",
  joining: "正在加入…",
  createAccountAndJoin: "创建账户并加入",

  newPassword: "设置新密码",
  linkSent: "如果该地址已注册账户，重置密码的链接将很快送达。",
  sendLink: "发送链接",
  sending: "正在发送…",
  backToLogIn: "返回登录",
  passwordChanged: "密码已修改，所有会话均已结束。",
  changePassword: "修改密码",
  changing: "正在修改…",
};
