import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "vitest";
import { type ListenerRoutes, listenerRoutes } from "./routes.ts";
import { CarriedGroup } from "./targets.ts";
import { balancerView, groupArn, groupView, listenerView } from "./views.testing.ts";

const names = ["blue", "green"];
const view = balancerView({
  listeners: [],
  groups: names.map((name) => groupView({ name, targets: [] })),
});
const groups = new Map(
  view.targetGroups.map((group) => {
    const carried = new CarriedGroup(
      group,
      view,
      (name) => name,
      () => ({ send() {}, close() {}, destroy() {} }),
    );
    return [carried.arn, carried] as const;
  }),
);

function routes(
  actions: readonly elbv2.Action[],
  attributes: Readonly<Record<string, string>> = {},
  transforms: elbv2.RuleTransform[] = [],
): ListenerRoutes {
  const rule = { IsDefault: true, Priority: "default", Actions: [...actions], Transforms: transforms };
  return listenerRoutes({ attributes }, listenerView({ rules: [rule], attributes }), groups);
}

const tuple = (name: string, Weight: number) => ({ TargetGroupArn: groupArn(name), Weight });

describe("a rule's action", () => {
  test.each<[what: string, actions: elbv2.Action[], expected: object]>([
    [
      "to one group, whatever its weight",
      [{ Type: "forward", ForwardConfig: { TargetGroups: [tuple("blue", 0)] } }],
      { kind: "forward", forward: { weights: [1], stickyFor: 0 } },
    ],
    [
      "to two groups, for an hour",
      [
        {
          Type: "forward",
          ForwardConfig: {
            TargetGroups: [tuple("blue", 95), tuple("green", 5)],
            TargetGroupStickinessConfig: { Enabled: true },
          },
        },
      ],
      { kind: "forward", forward: { weights: [95, 5], stickyFor: 3_600_000 } },
    ],
    [
      "to a group that is not there",
      [{ Type: "forward", ForwardConfig: { TargetGroups: [tuple("absent", 1), tuple("green", 0)] } }],
      { kind: "forward", forward: { weights: [0], stickyFor: 0 } },
    ],
    [
      "to a group by its ARN alone",
      [{ Type: "forward", TargetGroupArn: groupArn("blue") }],
      { kind: "forward", forward: { weights: [1] } },
    ],
    [
      "that redirects",
      [{ Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301" } }],
      { kind: "redirect", status: 301 },
    ],
    [
      "that answers",
      [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "418" } }],
      { kind: "fixed-response", status: 418, contentType: expect.stringMatching(/^text\/plain/), body: "" },
    ],
    [
      "before which somebody is to be known is not passed over",
      [
        { Type: "forward", Order: 2, TargetGroupArn: groupArn("blue") },
        { Type: "authenticate-oidc", Order: 1 },
      ],
      { kind: "refuse" },
    ],
    ["that is none", [], { kind: "refuse" }],
  ])("%s", (_what, actions, expected) => {
    expect(routes(actions).routes[0]?.action).toMatchObject(expected);
  });
});

test("transforms rewrite what they find first, one after the other", () => {
  const rewrite = (Regex: string, Replace: string) => ({ Rewrites: [{ Regex, Replace }] });
  const [route] = routes([], {}, [
    { Type: "url-rewrite", UrlRewriteConfig: rewrite("^/api/(.*)$", "/$1") },
    { Type: "host-header-rewrite", HostHeaderRewriteConfig: rewrite("^old\\.", "new.") },
  ]).routes;
  expect(route?.rewriteUrl?.("/api/v1/things?a=b")).toBe("/v1/things?a=b");
  expect(route?.rewriteHost?.("old.example")).toBe("new.example");
});

test("what attributes say", () => {
  const { idleTimeout, clientKeepAlive, desync, forwarding, answerFields, sayServer } = routes([], {
    "idle_timeout.timeout_seconds": "5",
    "client_keep_alive.seconds": "60",
    "routing.http.desync_mitigation_mode": "strictest",
    "routing.http.xff_header_processing.mode": "remove",
    "routing.http.response.server.enabled": "false",
    "routing.http.response.x_frame_options.header_value": "DENY",
  });
  expect({ idleTimeout, clientKeepAlive, desync, sayServer }).toEqual({
    ...{ idleTimeout: 5_000, clientKeepAlive: 60_000, desync: "strictest", sayServer: false },
  });
  expect(forwarding.forwardedFor).toBe("remove");
  expect([...answerFields]).toEqual([["x-frame-options", ["X-Frame-Options", "DENY"]]]);
});
