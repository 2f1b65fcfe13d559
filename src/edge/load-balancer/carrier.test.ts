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
