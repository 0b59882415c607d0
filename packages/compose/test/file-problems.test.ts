import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { convert } from "../src/convert";

describe("bad input in files is refused", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-compose-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  const run = () => convert({ files: [path.join(folder, "compose.yaml")], environment: {} });

  it("a circle of includes is refused", () => {
    write("compose.yaml", "include: [a.yaml]\nservices: { s: { image: i } }");
    write("a.yaml", "include: [compose.yaml]\nservices: { t: { image: i } }");
    expect(run).toThrow(/a\.yaml:1:11 include\[0\]: includes have a cycle: compose\.yaml -> a\.yaml -> compose\.yaml/);
  });

  it("an included resource of the same name is refused", () => {
    write("compose.yaml", "include: [a.yaml]\nservices: { s: { image: i } }");
    write("a.yaml", "services: { s: { image: other } }");
    expect(run).toThrow(/it has services\.s, which this project has as well/);
  });

  it("a pipe that nobody writes to is refused, as a compose file and as any other", () => {
    execFileSync("mkfifo", [path.join(folder, "compose.yaml"), path.join(folder, "pipe")]);
    expect(run).toThrow(/compose\.yaml" is a pipe, a socket or a device\. Fix: name a file/);
    fs.rmSync(path.join(folder, "compose.yaml"));
    write("compose.yaml", "services: { s: { image: i, env_file: pipe } }");
    expect(run).toThrow(/pipe" is a pipe, a socket or a device/);
    write("compose.yaml", "services: { s: { image: i, volumes: ['./pipe:/p'] } }");
    expect(run().losses).toMatchObject([{ key: "volumes", effect: "pipes, sockets and devices are not mounted" }]);
  });

  it("a problem in an included file does not hide those of another", () => {
    write("compose.yaml", "include: [a.yaml, b.yaml]\nservices: { s: { image: i } }");
    write("a.yaml", "services: { t: { image: 5 } }");
    write("b.yaml", "services: { u: { imge: i } }");
    expect(run).toThrow(/a\.yaml:1:25 services\.t\.image.*\n.*b\.yaml:1:18 services\.u\.imge/);
  });

  it("a symbolic link does not lead out of the project", () => {
    write("compose.yaml", "services: { s: { image: i, env_file: link.env } }");
    fs.symlinkSync("/etc/hostname", path.join(folder, "link.env"));
    expect(run).toThrow(/link\.env" is outside of the project directory/);
  });

  it("a problem in an env file names that file and its line", () => {
    write("compose.yaml", "services: { s: { image: i, env_file: s.env } }");
    write("s.env", "A=1\nthis is wrong\nB='open\n");
    expect(run).toThrow(/s\.env:2:1: is not NAME=value[\s\S]*s\.env:3:1: a quoted value does not end/);
  });

  it("a file of the first version of compose is told what it needs, and not to remove its services", () => {
    write("compose.yaml", "web:\n  image: i\n  links: [php]\nphp:\n  build: .\n");
    expect(run).toThrow(
      /has 1 problem:\n {2}compose\.yaml:1:1 web: is a service outside of `services`, as in the first version of compose\. Fix: write "services:" above web, php, and indent them\.$/,
    );
    write("compose.yaml", "services: { s: { image: i } }\nweb: { image: i }");
    expect(run).toThrow(/web: is not a key of compose\. Fix: remove it/);
  });

  it("a file that is missing is named", () => {
    expect(run).toThrow(/compose\.yaml:1:1: there is no file/);
  });
});
