import type { results as english } from "../en/results";
import type { Translation } from "../translation";

export const results: Translation<typeof english> = {
  filter: "筛选",
  filterOf: "筛选：{{label}}",
  found_other: "{{found}} 行，共 {{count}} 行",
  copy: "复制",
  copyHint: "复制这些行，可粘贴到电子表格",
  copied: "已复制。",
  selected: "已选中，请用键盘复制。",
  more_other: "再显示 {{count}} 行",
  asText: "以文本显示",
  data: "数据",
  dataOf: "{{label}}的数据",
  drawing: "正在绘制图表…",
  notDrawn: "无法绘制图表。请重新加载页面后再试。",
  kinds: {
    line: "折线图",
    area: "面积图",
    bar: "柱状图",
    dot: "散点图",
    histogram: "直方图",
  },
  chartOf_other: "{{kind}}：{{y}} 随 {{x}} 的变化，{{count}} 个值",
  chartOfCounts_other: "{{kind}}：{{x}}，{{count}} 个值",
  wrong: {
    kind: "没有图表：“chart”是 {{value}}；请使用 {{kinds}} 之一。",
    data: "没有图表：“data”必须是对象列表，其中的值为文本、数字、true、false 或 null。",
    points: "没有图表：“data”有 {{many}} 个对象；最多 {{mostPoints}} 个。",
    field: "没有图表：“{{field}}”必须是数据中的一列：{{value}}。",
    number: "没有图表：“{{field}}”的值必须是数字；其中一个是 {{value}}。",
    colors: "没有图表：“color”产生 {{many}} 种颜色；最多 {{mostColors}} 种。",
  },
};
