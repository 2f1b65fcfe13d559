import { describe, expect, test } from "vitest";
import { hour } from "../kernel/duration.ts";
import { Fault } from "../kernel/fault.ts";
import { reportDecision } from "./decision-report.ts";
import { account, allow, inHouse, region, root, source, trust } from "./house.testing.ts";
import type { InternalOperation } from "./operation.ts";

const service = "replication.ecr.amazonaws.com";
const role = { servicePrincipal: service, account, sessionName: "copying" };

describe("sessions of service-linked roles", () => {
  test("belong to the role, name the service, and last an hour", async () => {
    await inHouse({}, async (house) => {
      const identity = house.addRole(service, allow("ecr:*"));
      const session = await house.sessions.session(role, region);
      expect(session).toMatchObject({
        type: "AssumedRole",
        arn: `arn:aws:sts::${account}:assumed-role/${identity.name}/copying`,
        roleArn: identity.arn,
        roleId: identity.id,
        invokedBy: service,
        session: { issuedAt: house.clock.now(), expiresAt: house.clock.now() + hour },
      });
      expect(session.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    });
  });

  test("are used until they expire; each new one is recorded as the service's AssumeRole", async () => {
    await inHouse({}, async (house) => {
      const identity = house.addRole(service, allow("ecr:*"));
      const first = await house.sessions.session(role, region);
      house.clock.advance(hour - 1);
      expect(await house.sessions.session(role, region)).toBe(first);
      house.clock.advance(1);
      expect((await house.sessions.session(role, region)).accessKeyId).not.toBe(first.accessKeyId);

      const events = await house.events();
      expect(events.map((event) => event.eventName)).toEqual(["AssumeRole", "AssumeRole"]);
      expect(JSON.parse(events[1]?.record ?? "")).toMatchObject({
        eventSource: "sts.amazonaws.com",
        userIdentity: { type: "AWSService", invokedBy: service },
        sourceIPAddress: service,
        requestParameters: { roleArn: identity.arn, roleSessionName: "copying" },
        responseElements: { assumedRoleUser: { arn: first.arn } },
        resources: [{ ARN: identity.arn, accountId: account, type: "AWS::IAM::Role" }],
      });
    });
  });

  test("are in the decision log when they are made, and whenever they are refused", async () => {
    await inHouse({}, async (house) => {
      const identity = house.addRole(service, allow("ecr:*"));
      await house.sessions.session(role, region);
      await house.sessions.session(role, region);
      house.resources.set(identity.arn, { policies: [], kind: "trust" });
      await house.store.transaction((tx) => tx.bumpEpoch(account));
      await expect(house.sessions.session(role, region)).rejects.toMatchObject({ code: "AccessDenied" });
      const reports = house.decisions.find({ action: "sts:AssumeRole" }, 10).map(reportDecision);
      expect(reports).toMatchObject([
        { outcome: "denied", principal: service, verdicts: [{ resource: identity.arn }] },
        { outcome: "allowed", operation: "sts:AssumeRole", verdicts: [{ deciding: [{ effect: "Allow" }] }] },
      ]);
    });
  });

  test("are one for each session name, and begin anew with a new role of the same name", async () => {
    await inHouse({}, async (house) => {
      const identity = house.addRole(service, allow("ecr:*"));
      const one = await house.sessions.session(role, region);
      const other = await house.sessions.session({ ...role, sessionName: "other" }, region);
      house.roles.set(service, { ...identity, id: "AROAANOTHERROLE000000" as typeof identity.id });
      const anew = await house.sessions.session(role, region);
      expect(new Set([one.accessKeyId, other.accessKeyId, anew.accessKeyId]).size).toBe(3);
    });
  });

  test("are refused while the role's trust does not name the service", async () => {
    await inHouse({}, async (house) => {
      const identity = house.addRole(service, allow("*"), trust("ecs.amazonaws.com"));
      await expect(house.sessions.session(role, region)).rejects.toMatchObject({
        code: "AccessDenied",
        message: `User: ${service} is not authorized to perform: sts:AssumeRole on resource: ${identity.arn}`,
      });
    });
  });

  test("end with the trust: a cached one is not given out again", async () => {
    await inHouse({}, async (house) => {
      house.addRole(service, allow("*"));
      await house.sessions.session(role, region);
      house.addRole(service, allow("*"), trust("ecs.amazonaws.com"));
      await house.store.transaction((tx) => tx.bumpEpoch(account));
      await expect(house.sessions.session(role, region)).rejects.toMatchObject({ code: "AccessDenied" });
    });
  });

  test("need a role", async () => {
    await inHouse({}, async (house) => {
      await expect(house.sessions.session(role, region)).rejects.toMatchObject({
        code: "NoSuchEntity",
        message: expect.stringContaining("Please verify that the service linked role exists."),
      });
    });
  });
});

describe("a call in a session of a role", () => {
  /** An operation that waits to be let go, and how far calls of it have come. */
  function waiting() {
    let begun = (): void => {};
    let letGo = (): void => {};
    const under = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const operation: InternalOperation<{ readonly fails: boolean }, never, object> = {
      service: "ecr",
      name: "Wait",
      authorise: () => [{ action: "ecr:PutImage", resource: "*" }],
      async read(_ctx, { fails }) {
        begun();
        await held;
        if (fails) throw new Fault("ServerException", "It failed.");
        return {};
      },
    };
    return { operation, under, letGo };
  }

  test.each([
    ["until it has ended well", allow("*"), false],
    ["until it has failed", allow("*"), true],
  ])("counts as running %s", async (_until, policy, fails) => {
    await inHouse({}, async (house) => {
      const { id, name } = house.addRole(service, policy);
      const { operation, under, letGo } = waiting();
      const client = house.dispatcher.clientAs(role, region);
      const [first, second] = [client.invoke(operation, { fails }), client.invoke(operation, { fails })];
      await under;
      const session = `arn:aws:sts::${account}:assumed-role/${name}/copying`;
      await expect
        .poll(() => house.sessions.running.ofRole(id))
        .toEqual([
          { roleId: id, session, region },
          { roleId: id, session, region },
        ]);
      expect(house.sessions.running.ofRole("AROAANOTHERROLE000000")).toEqual([]);
      letGo();
      await Promise.allSettled([first, second]);
      expect(house.sessions.running.ofRole(id)).toEqual([]);
    });
  });

  test("that was refused runs no longer, and calls of people are not noted", async () => {
    await inHouse({}, async (house) => {
      const { id } = house.addRole(service, allow("ecs:*"));
      const { operation, under, letGo } = waiting();
      const client = house.dispatcher.clientAs(role, region);
      await expect(client.invoke(operation, { fails: false })).rejects.toMatchObject({
        code: "AccessDenied",
      });
      expect(house.sessions.running.ofRole(id)).toEqual([]);
      const session = await house.sessions.session(role, region);
      const own = house.dispatcher.clientFor(root, region, source).invoke(operation, { fails: false });
      await under;
      expect(house.sessions.running.ofRole(session.roleId)).toEqual([]);
      letGo();
      await own;
    });
  });
});
