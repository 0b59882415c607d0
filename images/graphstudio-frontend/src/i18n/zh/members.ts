import type { members as english } from "../en/members";
import type { Translation } from "../translation";

export const members: Translation<typeof english> = {
  title: "成员",
  find: "按地址查找",
  roleOf: "{{email}} 的角色",
  leaveTenant: "退出此租户",
  leave: "退出",
  removeMember: "移除 {{email}}",
  remove: "移除",
  makeOwnerTitle: "将 <member/> 设为所有者？",
  makeOwnerText: "所有者可以删除租户，也可以更改和移除所有成员，因此需要验证码。",
  makeOwner: "设为所有者",

  openInvitations: "待接受的邀请",
  whoeverHasLink: "任何持有链接的人",
  invited: "{{role}}，由 <inviter/> 邀请，有效期至{{expiresAt, datetime(dateStyle: medium)}}",
  withdrawInvitation: "撤回对 {{email}} 的邀请",
  withdrawLink: "撤回对任何持有链接者的邀请",
  withdraw: "撤回",

  inviteSomebody: "邀请成员",
  email: "邮箱",
  emailHint: "只有此地址可以使用该链接；留空则任何持有链接的人都可以使用",
  emailWrong: "请输入邮箱地址，或留空",
  role: "角色",
  invite: "邀请",
  inviting: "正在邀请…",
  mailed: "邀请邮件已发送。邀请链接：",
  passOn: "请转发此链接，它只显示一次：",
  invitationLink: "邀请链接",
};
