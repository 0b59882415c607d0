/** Notebooks that a newcomer opens, with the texts in them. */
export const examples = {
  title: "Or open an example",
  opening: "Opening the example…",
  names: {
    steps: "First steps",
    panel: "A live panel",
    types: "TypeScript and files",
    primes: "Prime numbers",
    counter: "What stays",
  },
  texts: {
    steps:
      "# First steps\n\nRun the cells with **Run**, or all with **Run stale cells** above. Variables stay for later cells.\n\nThen change `price` and run its cell: the cells that use it turn stale. The **Graph** shows which ones.",
    panel:
      "# A live panel\n\n`view.set` shows a value above the cells, in every browser that looks at this workspace. `view.update` changes a part of it.",
    types:
      "# TypeScript and files\n\nTypes are taken out before code runs. A cell whose title is a file name is a file, and other cells import it.",
    primes:
      "# Prime numbers\n\nThe sieve of Eratosthenes: the multiples of every prime are crossed out, and what is left is prime. Change `limit` and run its cell: the other two run by themselves, and the chart of the gaps between the primes is drawn anew.",
    counter:
      "# What stays\n\nVariables stay when the page is closed and when the server is replaced. What `state` keeps stays even when the platform is updated. Events reach whoever is subscribed.",
  },
} as const;
