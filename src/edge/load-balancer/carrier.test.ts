import { afterEach, expect, test } from "vitest";
import { type TestBalancer, type TestTarget, testBalancer, webTarget } from "./carrier.testing.ts";
import { balancerView, forwardTo, groupArn, groupView, listenerView } from "./views.testing.ts";

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function target(...given: Parameters<typeof webTarget>): Promise<TestTarget> {
  const made = await webTarget(...given);
  open.push(made);
  return made;
}

async function balancer(...given: Parameters<typeof testBalancer>): Promise<TestBalancer> {
  const made = await testBalancer(...given);
  open.push(made);
  return made;
}

test("a request reaches a target, and its answer comes back", async () => {
  const web = await target((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
    request.on("end", () => response.writeHead(201, { "X-Own": "yes" }).end(`got ${text}`));
  });
  const lb = await balancer(
    balancerView({ listeners: [listenerView({})], groups: [groupView({ targets: [web.port] })] }),
  );
  await lb.reported(`127.0.0.1:${web.port}`, "healthy");
  const answer = await fetch(`http://127.0.0.1:${lb.port()}/a/b?c=d`, { method: "POST", body: "hello" });
  expect(answer.status).toBe(201);
  expect(answer.headers.get("x-own")).toBe("yes");
  expect(await answer.text()).toBe("got hello");
  const [request] = web.requests;
  expect(request).toMatchObject({ method: "POST", url: "/a/b?c=d" });
  expect(request?.headers).toMatchObject({
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
  });
});

test("without a registered target the answer is AWS's 503", async () => {
  const lb = await balancer(
    balancerView({ listeners: [listenerView({})], groups: [groupView({ targets: [] })] }),
  );
  const answer = await fetch(`http://127.0.0.1:${lb.port()}/`);
  expect(answer.status).toBe(503);
  expect(answer.headers.get("server")).toBe("awselb/2.0");
  expect(await answer.text()).toBe(
    "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n",
  );
});

test("rules are asked in their order: host, fixed response, redirect, default", async () => {
  const web = await target();
  const api = await target();
  const lb = await balancer(
    balancerView({
      listeners: [
        listenerView({
          Port: 0,
          rules: [
            {
              Priority: "1",
              Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: ["api.*"] } }],
              Actions: [{ Type: "forward", TargetGroupArn: groupArn("api") }],
            },
            {
              Priority: "2",
              Conditions: [{ Field: "path-pattern", Values: ["/teapot"] }],
              Actions: [
                {
                  Type: "fixed-response",
                  FixedResponseConfig: { StatusCode: "418", ContentType: "text/plain", MessageBody: "short" },
                },
              ],
            },
            {
              Priority: "3",
              Conditions: [{ Field: "path-pattern", Values: ["/old/*"] }],
              Actions: [
                {
                  Type: "redirect",
                  RedirectConfig: {
                    StatusCode: "HTTP_301",
                    Path: "/new#{path}",
                    Protocol: "HTTPS",
                    Port: "443",
                  },
                },
              ],
            },
            forwardTo("web"),
          ],
        }),
      ],
      groups: [groupView({ targets: [web.port] }), groupView({ name: "api", targets: [api.port] })],
    }),
  );
  const ask = (path: string, host = "example.com") =>
    fetch(`http://127.0.0.1:${lb.port()}${path}`, { headers: { "X-Host": host }, redirect: "manual" });
  expect(await (await ask("/")).text()).toBe(`from ${web.port}`);
  const teapot = await ask("/teapot");
  expect([teapot.status, await teapot.text()]).toEqual([418, "short"]);
  const moved = await ask("/old/x?y=1");
  expect([moved.status, moved.headers.get("location")]).toEqual([301, "https://127.0.0.1:443/newold/x?y=1"]);
});

test("a client stays with its target while the cookie binds, and leaves one that drains", async () => {
  const [a, b] = [await target(), await target()];
  const attributes = {
    "stickiness.enabled": "true",
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "60",
  };
  const view = (draining: boolean) =>
    balancerView({
      listeners: [listenerView({})],
      groups: [
        groupView({ attributes, targets: [{ port: a.port, draining }, b.port], HealthCheckEnabled: false }),
      ],
    });
  const lb = await balancer(view(false));
  const ask = async (cookie?: string) => {
    const answer = await fetch(`http://127.0.0.1:${lb.port()}/`, {
      headers: cookie === undefined ? {} : { cookie },
    });
    return { from: await answer.text(), cookies: answer.headers.getSetCookie() };
  };
  let first = await ask();
  while (first.from !== `from ${a.port}`) first = await ask();
  expect(first.cookies).toEqual([
    expect.stringMatching(/^AWSALB=[^;]+; Expires=[^;]+ GMT; Path=\/$/),
    expect.stringMatching(/^AWSALBCORS=[^;]+; Expires=[^;]+ GMT; Path=\/; SameSite=None; Secure$/),
  ]);
  const cookie = first.cookies[0]?.split(";")[0];
  for (let turn = 0; turn < 4; turn += 1) expect((await ask(cookie)).from).toBe(`from ${a.port}`);
  await lb.apply(view(true));
  expect((await ask(cookie)).from).toBe(`from ${b.port}`);
});

test("an application's own cookie is followed by one that binds", async () => {
  const setCookie = async (name: string) =>
    target((_request, response) => void response.setHeader("Set-Cookie", "session=1").end(name));
  const [a, b] = [await setCookie("a"), await setCookie("b")];
  const attributes = {
    "stickiness.enabled": "true",
    "stickiness.type": "app_cookie",
    "stickiness.app_cookie.cookie_name": "session",
  };
  const groups = [groupView({ attributes, targets: [a.port, b.port], HealthCheckEnabled: false })];
  const lb = await balancer(balancerView({ listeners: [listenerView({})], groups }));
  const url = `http://127.0.0.1:${lb.port()}/`;
  const first = await fetch(url);
  const name = await first.text();
  const bound = first.headers.getSetCookie().map((one) => one.split(";")[0]);
  expect(bound).toEqual(["session=1", expect.stringMatching(/^AWSALBAPP-0=/)]);
  for (let turn = 0; turn < 4; turn += 1) {
    expect(await (await fetch(url, { headers: { cookie: bound.join("; ") } })).text()).toBe(name);
  }
});

test("weights share requests out, a weight of nothing gets none, and a group's cookie binds", async () => {
  const [a, b, c] = [await target(), await target(), await target()];
  const action = {
    Type: "forward" as const,
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: groupArn("a"), Weight: 1 },
        { TargetGroupArn: groupArn("b"), Weight: 1 },
        { TargetGroupArn: groupArn("c"), Weight: 0 },
      ],
      TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
    },
  };
  const lb = await balancer(
    balancerView({
      listeners: [listenerView({ rules: [{ IsDefault: true, Actions: [action] }] })],
      groups: [
        groupView({ name: "a", targets: [a.port], HealthCheckEnabled: false }),
        groupView({ name: "b", targets: [b.port], HealthCheckEnabled: false }),
        groupView({ name: "c", targets: [c.port], HealthCheckEnabled: false }),
      ],
    }),
  );
  const url = `http://127.0.0.1:${lb.port()}/`;
  for (let turn = 0; turn < 60; turn += 1) await (await fetch(url)).text();
  expect(a.requests.length).toBeGreaterThan(10);
  expect(b.requests.length).toBeGreaterThan(10);
  expect(c.requests).toHaveLength(0);
  const first = await fetch(url);
  const said = await first.text();
  const [cookie = ""] = first.headers.getSetCookie()[0]?.split(";") ?? [];
  expect(cookie).toMatch(/^AWSALBTG=/);
  for (let turn = 0; turn < 8; turn += 1) {
    expect(await (await fetch(url, { headers: { cookie } })).text()).toBe(said);
  }
});

test("a rule's transforms and a listener's fields change what goes through", async () => {
  const web = await target();
  const rule = {
    ...forwardTo("web"),
    Transforms: [
      {
        Type: "url-rewrite" as const,
        UrlRewriteConfig: { Rewrites: [{ Regex: "^/api/(.*)$", Replace: "/$1" }] },
      },
      {
        Type: "host-header-rewrite" as const,
        HostHeaderRewriteConfig: { Rewrites: [{ Regex: "^127.*$", Replace: "inner.example" }] },
      },
    ],
  };
  const attributes = { "routing.http.response.x_frame_options.header_value": "DENY" };
  const lb = await balancer(
    balancerView({
      listeners: [listenerView({ rules: [rule], attributes })],
      groups: [groupView({ targets: [web.port], HealthCheckEnabled: false })],
    }),
  );
  const answer = await fetch(`http://127.0.0.1:${lb.port()}/api/v1/x?y=1`);
  expect(answer.headers.get("x-frame-options")).toBe("DENY");
  expect(web.requests[0]).toMatchObject({ url: "/v1/x?y=1", headers: { host: "inner.example" } });
});
