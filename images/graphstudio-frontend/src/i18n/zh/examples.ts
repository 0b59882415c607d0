import type { examples as english } from "../en/examples";
import type { Translation } from "../translation";

export const examples: Translation<typeof english> = {
  title: "或打开一个示例",
  opening: "正在打开示例…",
  names: {
    steps: "入门",
    panel: "实时面板",
    types: "TypeScript 与文件",
    primes: "质数",
    counter: "保留的内容",
  },
  texts: {
    steps:
      "# 入门\n\n点击**运行**逐个运行单元格，或用上方的按钮运行所有过期的单元格。变量会保留给之后的单元格。\n\n然后修改 `price` 并运行它：使用它的单元格会过期。**关系图**显示是哪些。",
    panel:
      "# 实时面板\n\n`view.set` 在单元格上方显示一个值，所有打开此工作区的浏览器都能看到。`view.update` 修改其中一部分。",
    types: "# TypeScript 与文件\n\n代码运行前会去除类型。标题为文件名的单元格是文件，其他单元格可以导入它。",
    primes:
      "# 质数\n\n埃拉托斯特尼筛法：划去每个质数的倍数，剩下的就是质数。修改 `limit` 并运行它的单元格：另外两个单元格会自动运行，质数间隔的图表会重新绘制。",
    counter:
      "# 保留的内容\n\n关闭页面或更换服务器后，变量仍会保留。`state` 中的内容在平台更新后也会保留。事件会送达所有订阅者。",
  },
};
