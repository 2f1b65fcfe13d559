// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of Compose files are written so.
import { describe, expect, test } from "vitest";
import { Trouble } from "../trouble.ts";
import { type ComposeService, readProject } from "./project.ts";

const environment = { TAG: "v2", EMPTY: "", PASSED: "on" };

function read(yaml: string) {
  return readProject(yaml, { name: "folder" }, environment);
}

/** The service `web` of a file that says this of it. */
function web(lines: string): ComposeService | undefined {
  const indented = lines.replaceAll(/^/gm, "    ");
  return read(`services:\n  web:\n    image: web\n${indented}`).services[0];
}

describe("what is read of a service", () => {
  test.each<[lines: string, expected: Partial<ComposeService>]>([
    ["", { name: "web", image: "web", replicas: 1, size: { cpu: 256, memory: 512 }, stopTimeout: 10 }],
    [
      'command: serve --name \'two words\' a\\ b "x\\"y"',
      { command: ["serve", "--name", "two words", "a b", 'x"y'] },
    ],
    ["command: [sh, -c, 'echo $$HOME']", { command: ["sh", "-c", "echo $HOME"] }],
    ["entrypoint: /bin/web", { entrypoint: ["/bin/web"] }],
    [
      "environment: {A: 1, B: true, PASSED: , ABSENT: }",
      { environment: new Map(Object.entries({ A: "1", B: "true", PASSED: "on" })) },
    ],
    [
      "environment: [A=b=c, PASSED, ABSENT]",
      { environment: new Map(Object.entries({ A: "b=c", PASSED: "on" })) },
    ],
    ["labels: {a.b: c}", { labels: new Map([["a.b", "c"]]) }],
    [
      "ports: [80, '8080:81', '9:9/tcp', {target: 5, published: 6}]",
      {
        ports: [
          { target: 80, published: 80 },
          { target: 81, published: 8080 },
          { target: 9, published: 9 },
          { target: 5, published: 6 },
        ],
      },
    ],
    ["deploy: {replicas: 3}", { replicas: 3 }],
    ["deploy: {resources: {limits: {cpus: '0.5', memory: 3g}}}", { size: { cpu: 512, memory: 3072 } }],
    ["deploy: {resources: {limits: {memory: 600m}}}", { size: { cpu: 256, memory: 1024 } }],
    ["deploy: {resources: {limits: {memory: 9G}}}", { size: { cpu: 2048, memory: 9216 } }],
    [
      "healthcheck: {test: curl -f localhost, interval: 1m30s, timeout: 2500ms, retries: 2, start_period: 0s}",
      {
        healthCheck: {
          command: ["CMD-SHELL", "curl -f localhost"],
          interval: 90,
          timeout: 3,
          retries: 2,
          startPeriod: 0,
        },
      },
    ],
    ["healthcheck: {test: [CMD, /check]}", { healthCheck: { command: ["CMD", "/check"] } }],
    ["healthcheck: {test: [NONE]}", { healthCheck: undefined }],
    ["healthcheck: {disable: true}", { healthCheck: undefined }],
    ["restart: unless-stopped", { name: "web" }],
    [
      "stop_grace_period: 2s\ninit: true\nuser: '1000'\nworking_dir: /w",
      { stopTimeout: 2, init: true, user: "1000", workingDirectory: "/w" },
    ],
    ["x-note: {of: nobody}", { name: "web" }],
  ])("%s", (lines, expected) => {
    expect(web(lines)).toMatchObject(expected);
  });

  test.each<[text: string, image: string]>([
    ["web:$TAG", "web:v2"],
    ["web:${TAG}", "web:v2"],
    ["web:${ABSENT:-v1}", "web:v1"],
    ["web:${EMPTY:-v1}", "web:v1"],
    ["web:${EMPTY-v1}", "web:"],
    ["web${TAG:+:set}", "web:set"],
    ["web${ABSENT+:set}", "web"],
    ["$$web", "$web"],
  ])("%s is %s", (text, image) => {
    expect(read(`services: {web: {image: "${text}"}}`).services[0]?.image).toBe(image);
  });
});

test("a project is called what the caller says, else what the file does, else as its folder", () => {
  const yaml = "name: mine\nservices: {web: {image: web}}";
  expect(readProject(yaml, { name: "folder", called: "other" }, {}).name).toBe("other");
  expect(readProject(yaml, { name: "folder" }, {}).name).toBe("mine");
  expect(readProject(yaml.replace("name: mine", ""), { name: "folder" }, {}).name).toBe("folder");
});

test("anchors, merges and dependencies of both forms", () => {
  const { services } = read(`
x-common: &common {image: base, restart: always}
services:
  web: {<<: *common, depends_on: {api: {condition: service_healthy}}}
  api: {<<: *common, depends_on: [db]}
  db: {<<: *common}
`);
  expect(services.map(({ image, dependsOn }) => [image, dependsOn])).toEqual([
    ["base", ["api"]],
    ["base", ["db"]],
    ["base", []],
  ]);
});

describe("what is refused, by its name", () => {
  test.each<[yaml: string, why: string]>([
    ["services: {web: {image: a, volumes: [x]}}", "services.web.volumes: this is not supported"],
    ["services: {web: {image: a}}\nnetworks: {n: {}}", "networks: this is not supported"],
    ["services: {web: {build: .}}", "services.web.build: this is not supported"],
    ["services: {web: {}}", "services.web.image: it is required: nothing is built"],
    ["services: {}", "services: there is none"],
    ["services: [a]", "services: a mapping is expected"],
    ["services: {Web: {image: a}}", "services.Web: a service's name is a name of DNS"],
    ["name: A_b\nservices: {web: {image: a}}", 'name: "A_b" is not lower-case'],
    ["services: {web: {image: [a]}}", "services.web.image: a text is expected"],
    ["services: {web: {image: '${ABSENT:?say which}'}}", "services.web.image: ABSENT is not set: say which"],
    ["services: {web: {image: 'a$ b'}}", 'services.web.image: "$ " names no variable'],
    ["services: {web: {image: a, ports: ['80-90']}}", 'services.web.ports[0]: "80-90" is not supported'],
    [
      "services: {web: {image: a, ports: ['127.0.0.1:80:80']}}",
      'services.web.ports[0]: "127.0.0.1:80:80" is not supported',
    ],
    ["services: {web: {image: a, ports: ['53:53/udp']}}", "services.web.ports[0]: udp is not supported"],
    ["services: {web: {image: a, ports: [70000]}}", "services.web.ports[0]: a whole number from 1 to 65535"],
    [
      "services: {a: {image: a, ports: [80]}, b: {image: a, ports: ['80:81']}}",
      "services.b.ports: 80 is published twice",
    ],
    [
      "services: {web: {image: a, restart: 'no'}}",
      "services.web.restart: tasks of a service are always started again",
    ],
    ["services: {web: {image: a, depends_on: [api]}}", "services.web.depends_on: there is no service api"],
    [
      "services: {a: {image: a, depends_on: [b]}, b: {image: a, depends_on: [a]}}",
      "it comes back to itself: a → b → a",
    ],
    [
      "services: {a: {image: a, depends_on: {b: {condition: service_completed_successfully}}}, b: {image: a}}",
      "services.a.depends_on.b.condition",
    ],
    [
      "services: {web: {image: a, healthcheck: {test: x, interval: 1s}}}",
      "services.web.healthcheck.interval: a time from 5s to 300s",
    ],
    [
      "services: {web: {image: a, healthcheck: {test: [curl]}}}",
      "services.web.healthcheck.test: CMD, CMD-SHELL or NONE comes first",
    ],
    [
      "services: {web: {image: a, command: 'echo \"x'}}",
      "services.web.command: a quotation mark is not closed",
    ],
    [
      "services: {web: {image: a, deploy: {mode: global}}}",
      "services.web.deploy.mode: this is not supported",
    ],
    [
      "services: {web: {image: a, deploy: {resources: {limits: {memory: 4t}}}}}",
      "a size as 512m is expected",
    ],
    [
      "services: {web: {image: a, deploy: {resources: {limits: {memory: 500g}}}}}",
      "no task of Fargate is so large",
    ],
    ["services: {web: {image: a", "YAML: "],
  ])("%s", (yaml, why) => {
    expect(() => read(yaml)).toThrow(Trouble);
    expect(() => read(yaml)).toThrow(expect.objectContaining({ why: expect.stringContaining(why) }));
  });
});
