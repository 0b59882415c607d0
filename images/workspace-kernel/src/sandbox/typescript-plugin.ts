/** In a file of its own, which must share no class with the others: it has copies of what it imports. */
export { tsPlugin } from "@sveltejs/acorn-typescript";
