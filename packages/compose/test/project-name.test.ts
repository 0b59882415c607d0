import { ProjectFolder } from "./project-folder";
import { containerOf, convertText, object } from "./support";

const app = "app: { image: i, command: [run, '${COMPOSE_PROJECT_NAME}'] }";
const nameOf = (files: Readonly<Record<string, string>>, options: object = {}): string[] => {
  const project = new ProjectFolder(files);
  const result = project.convert(options);
  project.remove();
  return [result.project, ...(containerOf(result, "app").args as string[]).slice(1)];
};

describe("E1: the name of the project", () => {
  const compose = (rest = "") => ({ "compose.yaml": `${rest}\nservices: { ${app} }` });

  it.each([
    ["the folder's", compose(), {}, "demo"],
    ["the file's", compose("name: shop"), {}, "shop"],
    ["the file's with a variable", compose("name: shop-${STAGE:-one}"), { environment: { STAGE: "two" } }, "shop-two"],
    ["that of the env file", { ...compose("name: shop"), ".env": "COMPOSE_PROJECT_NAME=acme" }, {}, "acme"],
    ["none in the env file", { ...compose("name: shop"), ".env": "COMPOSE_PROJECT_NAME=" }, {}, "shop"],
    ["the machine's", compose("name: shop"), { environment: { COMPOSE_PROJECT_NAME: "acme" } }, "acme"],
    ["the given one", compose("name: shop"), { project: "own", environment: { COMPOSE_PROJECT_NAME: "x" } }, "own"],
  ])("%s counts, also as a variable", (_, files, options, name) => {
    expect(nameOf(files, options)).toEqual([name, name]);
  });

  it("is the last of several files", () => {
    const result = convertText([`name: one\nservices: { ${app} }`, "name: two", "services: {}"], {
      project: undefined,
    });
    expect(result.project).toBe("two");
    expect(containerOf(result, "app").args).toEqual(["run", "two"]);
  });
});

describe("E3: profiles of the environment", () => {
  const files = {
    "compose.yaml":
      "services: { app: { image: i }, a: { image: i, profiles: [full] }, b: { image: i, profiles: [debug] } }",
    ".env": "COMPOSE_PROFILES=full, unknown",
  };
  const inactive = (options: object) => {
    const project = new ProjectFolder(files);
    const result = project.convert(options);
    project.remove();
    return result.inactive;
  };

  it("are used if none is given; those of the environment override the env file", () => {
    expect(inactive({})).toEqual(["b"]);
    expect(inactive({ environment: { COMPOSE_PROFILES: "full,debug" } })).toEqual([]);
    expect(inactive({ environment: { COMPOSE_PROFILES: "*" } })).toEqual([]);
    expect(inactive({ profiles: ["debug"] })).toEqual(["a"]);
  });

  it("have services whose objects are made", () => {
    const project = new ProjectFolder(files);
    expect(object(project.convert(), "Deployment", "a")).toBeDefined();
    project.remove();
  });
});
