import type { workspaces as english } from "../en/workspaces";
import type { Translation } from "../translation";

export const workspaces: Translation<typeof english> = {
  title: "工作区",
  newWorkspace: "新建工作区",
  none: "还没有工作区",
  noneText: "工作区在独立的沙箱中运行您的 JavaScript，变量在多次运行之间保留。",
  noneToSeeText: "有人创建工作区后，您可以在这里查看工作区及其面板。",
  loading: "正在加载工作区",
  findByName: "按名称查找",
  notFound: "没有名称包含“<search/>”的工作区。",
  sort: "排序",
  orders: { newest: "最新创建优先", lastActive: "最近活动优先", name: "按名称排序" },
  caption: "您的工作区",
  name: "名称",
  state: "状态",
  memory: "内存",
  lastActive: "最近活动",
  actions: "操作",
  delete: "删除",
  deleteNamed: "删除 {{name}}",
  deleted: "已删除 {{name}}",

  states: { running: "运行中", stopped: "已停止", reconnecting: "正在重新连接…", unknown: "无法连接" },
  noMemory: "无",
  noMemoryYet: "尚未使用",
  noMemoryYetOf: "尚未使用，上限 {{limit}}",
  memoryOf: "{{used}} / {{limit}}",

  workspaceName: "工作区名称",
  nameHint: "例如“定价模型”；名称可以重复",
  nameMissing: "请输入工作区名称",
  cancel: "取消",
  create: "创建工作区",
  creating: "正在创建…",

  deleteQuestion: "删除“<workspace/>”？",
  deleteText: "其中的变量和所有内容将被永久删除，此操作无法撤销。",
  keep: "保留",
  deleteWorkspace: "删除工作区",
  deleting: "正在删除…",
};
