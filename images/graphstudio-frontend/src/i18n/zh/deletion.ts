import type { deletion as english } from "../en/deletion";
import type { Translation } from "../translation";

export const deletion: Translation<typeof english> = {
  title: "导出与删除",
  exporting: "正在导出…",
  deleting: "正在删除…",
  cancel: "取消",

  tenantText:
    "导出结果是一个 JSON Lines 文件，包含成员、邀请、工作区及其代码、面板和数据流、集群、设置、项目和部署、套餐、用量和审计记录，不含密码、密钥及其他机密。",
  exportTenant: "导出此租户",
  deleteTenant: "删除此租户…",
  deleteTenantTitle: "要删除 <tenant/> 吗？",
  deleteTenantText:
    "其所有工作区、项目、设置、邀请和 API 密钥都将删除，正在运行的代码会终止，成员也将失去该租户。已部署到集群的内容会在那里继续运行，请先删除这些部署。仅审计记录会保留至期满。此操作无法撤销。",
  tenantName: "租户名称",
  tenantNameWrong: "请准确输入上方显示的租户名称",
  deleteTenantNow: "删除租户",

  accountText: "导出结果包含您的个人资料、会话和租户。您的账户 ID 为 <id/>。",
  exportAccount: "导出我的账户",
  deleteAccount: "删除我的账户…",
  deleteAccountTitle: "要删除您的账户吗？",
  deletesTenants: "以下租户只有您一人，将连同其所有工作区一起删除：",
  leavesTenants: "您将退出其他所有租户。此操作无法撤销。",
  deleteAccountNow: "删除账户",
  blockedTitle: "您的账户目前无法删除",
  blockedText: "您是以下租户的唯一所有者，而它们还有其他成员。请先将其中一位设为所有者，或删除该租户：",

  suspended: "此租户已被停用",
  suspendedText: "<tenant/>：<reason/>。没有任何内容被删除。请联系平台管理员。",
};
