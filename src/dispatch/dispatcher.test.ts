import { Readable } from "node:stream";
import { CreateRepositoryCommand, DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import type { Region } from "../kernel/brand.ts";
import { Fault } from "../kernel/fault.ts";
import type { Principal } from "../kernel/principal.ts";
import type { PrepareContext } from "./context.ts";
import { account, allow, inHouse, type NoteTables, region, root, user } from "./house.testing.ts";
import { type InternalOperation, type Reading, StalePreparation, type Writing } from "./operation.ts";

const repository = (name: string) => `arn:aws:ecr:${region}:${account}:repository/${name}`;

interface Named {
  readonly repositoryName: string;
}

/** A change that writes the repository's name as a note. */
const create: Writing<Named, undefined, object> = {
  name: "CreateRepository",
  authorise: ({ repositoryName }) => [
    { action: "ecr:CreateRepository", resource: repository(repositoryName) },
  ],
  async commit(tx, _ctx, { repositoryName }) {
    await tx.tables<NoteTables>().insertInto("note").values({ text: repositoryName }).execute();
    return { repository: { repositoryName } };
  },
};

const list: Reading<object, object> = {
  name: "DescribeRepositories",
  authorise: () => [{ action: "ecr:DescribeRepositories", resource: repository("*") }],
  read: async () => ({ repositories: [] }),
};

/** A read that does what the test wants with its context. */
const asking = (read: (ctx: PrepareContext) => Promise<unknown>): Reading<object, unknown> => ({
  name: "DescribeRegistry",
  authorise: () => [],
  read,
});

describe("the order of checks", () => {
  test("a call that does not fit the model is refused before permissions are asked, and recorded", async () => {
    await inHouse({ ecr: [create] }, async (house) => {
      const refusal = await house.refusal(
        "CreateRepository",
        { repositoryName: "UPPER" },
        { as: user("eve") },
      );
      expect(refusal?.code).toBe("InvalidParameterException");
      expect(house.decisions.find({}, 10)).toMatchObject([
        { principal: user("eve"), verdicts: [], refusal: { stage: "input", code: refusal?.code } },
      ]);
      expect((await house.events()).map((event) => event.eventName)).toEqual(["CreateRepository"]);
    });
  });

  test("a refused call reaches neither prepare nor commit; its record has no parameters", async () => {
    const steps: string[] = [];
    const watched: Writing<Named, undefined, object> = {
      ...create,
      prepare: async () => void steps.push("prepare") as undefined,
      commit: async () => {
        steps.push("commit");
        return {};
      },
    };
    await inHouse({ ecr: [watched] }, async (house) => {
      const eve = user("eve");
      house.standings.set(eve.arn, { identity: [], tags: [], serviceLinked: false });
      expect(await house.refusal("CreateRepository", { repositoryName: "app" }, { as: eve })).toEqual({
        code: "AccessDenied",
        message: `User: ${eve.arn} is not authorized to perform: ecr:CreateRepository on resource: ${repository("app")} because no identity-based policy allows the ecr:CreateRepository action`,
      });
      expect(steps).toEqual([]);
      const [event] = await house.events();
      expect(JSON.parse(event?.record ?? "")).toMatchObject({
        errorCode: "AccessDenied",
        requestParameters: null,
        responseElements: null,
        userIdentity: { userName: "eve" },
      });
      await house.call("CreateRepository", { repositoryName: "app" });
      expect(steps).toEqual(["prepare", "commit"]);
    });
  });

  test("a refusal may call the resource by another name; the decision is on its ARN", async () => {
    const named: Reading<object, object> = {
      ...list,
      authorise: () => [
        { action: "ecr:DescribeRepositories", resource: repository("app"), shown: "repository app" },
      ],
    };
    await inHouse({ ecr: [named] }, async (house) => {
      for (const [name, resource] of [
        ["eve", repository("other")],
        ["ann", repository("app")],
      ] as const) {
        const document = allow("ecr:DescribeRepositories", resource);
        house.standings.set(user(name).arn, {
          identity: [{ name: "p", document }],
          tags: [],
          serviceLinked: false,
        });
      }
      const eve = user("eve");
      expect((await house.refusal("DescribeRepositories", {}, { as: eve }))?.message).toBe(
        `User: ${eve.arn} is not authorized to perform: ecr:DescribeRepositories on resource: repository app because no identity-based policy allows the ecr:DescribeRepositories action`,
      );
      expect(await house.call("DescribeRepositories", {}, { as: user("ann") })).toEqual({ repositories: [] });
    });
  });

  test("all permissions are needed: the first that is refused decides", async () => {
    const both: Reading<object, object> = {
      ...list,
      authorise: () =>
        ["one", "two", "three"].map((name) => ({ action: "ecr:Do", resource: repository(name) })),
    };
    await inHouse({ ecr: [both] }, async (house) => {
      const eve = user("eve");
      house.standings.set(eve.arn, {
        identity: [{ name: "p", document: allow("ecr:Do", repository("one")) }],
        tags: [],
        serviceLinked: false,
      });
      const refusal = await house.refusal("DescribeRepositories", {}, { as: eve });
      expect(refusal?.message).toContain(repository("two"));
      expect(house.decisions.find({}, 1)[0]?.verdicts.map(({ decision }) => decision.allowed)).toEqual([
        true,
        false,
      ]);
    });
  });

  test("a principal whose user is gone calls nothing", async () => {
    await inHouse({ ecr: [list] }, async (house) => {
      const refusal = await house.refusal("DescribeRepositories", {}, { as: user("gone") });
      expect(refusal?.code).toBe("InvalidClientTokenId");
    });
  });
});

describe("kinds of operation", () => {
  test("a read is recorded as such, without response elements", async () => {
    await inHouse({ ecr: [list] }, async (house) => {
      expect(await house.call("DescribeRepositories", {})).toEqual({ repositories: [] });
      const [event] = await house.events();
      expect(event).toMatchObject({ eventName: "DescribeRepositories", readOnly: true, username: "root" });
      expect(JSON.parse(event?.record ?? "")).toMatchObject({ readOnly: true, responseElements: null });
    });
  });

  test("a change and its record are written together or not at all", async () => {
    const failing: Writing<Named, undefined, object> = {
      ...create,
      async commit(tx, ctx, input) {
        await create.commit(tx, ctx, input, undefined);
        if (input.repositoryName === "bad") throw new Fault("RepositoryAlreadyExistsException", "there");
        return {};
      },
    };
    await inHouse({ ecr: [failing] }, async (house) => {
      await house.call("CreateRepository", { repositoryName: "good" });
      expect((await house.refusal("CreateRepository", { repositoryName: "bad" }))?.code).toBe(
        "RepositoryAlreadyExistsException",
      );
      expect(await house.notes()).toEqual(["good"]);
      const outcomes = (await house.events()).map((event) => JSON.parse(event.record).errorCode);
      expect(outcomes.sort()).toEqual(["RepositoryAlreadyExistsException", undefined]);
    });
  });

  test("a stream is staged outside the transaction, then committed", async () => {
    const steps: string[] = [];
    const put: InternalOperation<Named, string, string> = {
      service: "ecr",
      name: "PutBytes",
      eventName: "UploadLayerPart",
      authorise: ({ repositoryName }) => [
        { action: "ecr:UploadLayerPart", resource: repository(repositoryName) },
      ],
      async stage(_ctx, _input, body) {
        const chunks: Buffer[] = [];
        for await (const chunk of body) chunks.push(chunk as Buffer);
        steps.push("stage");
        return Buffer.concat(chunks).toString();
      },
      async commit(_tx, _ctx, _input, staged) {
        steps.push("commit");
        return staged;
      },
      describe: ({ repositoryName }) => ({ repositoryName }),
    };
    await inHouse({}, async (house) => {
      const body = Readable.from([Buffer.from("two "), Buffer.from("parts")]);
      expect(await house.call(put, { repositoryName: "app" }, { body })).toBe("two parts");
      expect(steps).toEqual(["stage", "commit"]);
      const [event] = await house.events();
      expect(event?.eventName).toBe("UploadLayerPart");
      expect(JSON.parse(event?.record ?? "").requestParameters).toEqual({ repositoryName: "app" });

      const eve = user("eve");
      house.standings.set(eve.arn, { identity: [], tags: [], serviceLinked: false });
      const unread = Readable.from([Buffer.from("x")]);
      expect((await house.refusal(put, { repositoryName: "app" }, { as: eve, body: unread }))?.code).toBe(
        "AccessDenied",
      );
      expect(unread.readableDidRead).toBe(false);
      expect((await house.refusal(put, { repositoryName: "app" }))?.code).toBe("InternalFailure");
      expect(String(house.errors[0])).toContain("needs a body");
    });
  });

  test("unrecorded steps leave no record, unless they are refused", async () => {
    const step: InternalOperation<object, never, string> = {
      service: "ecr",
      name: "Step",
      unrecorded: true,
      authorise: () => [{ action: "ecr:UploadLayerPart", resource: repository("app") }],
      read: async () => "done",
    };
    await inHouse({}, async (house) => {
      const eve = user("eve");
      house.standings.set(eve.arn, { identity: [], tags: [], serviceLinked: false });
      expect(await house.call(step)).toBe("done");
      expect(await house.events()).toEqual([]);
      await house.refusal(step, {}, { as: eve });
      expect(await house.events()).toMatchObject([{ eventName: "Step", username: "eve" }]);
    });
  });

  test("programming errors show no text to the client, and are reported", async () => {
    const broken: Reading<object, object> = {
      ...list,
      async read() {
        throw new TypeError("secret detail");
      },
    };
    await inHouse({ ecr: [broken] }, async (house) => {
      expect(await house.refusal("DescribeRepositories")).toEqual({
        code: "InternalFailure",
        message: "The request processing has failed because of an unknown error.",
      });
      expect(house.errors).toEqual([new TypeError("secret detail")]);
      const [event] = await house.events();
      expect(event?.record).not.toContain("secret detail");
      expect(house.finished.map(({ code }) => code)).toEqual(["InternalFailure"]);
    });
  });
});

describe("stale preparations", () => {
  /** Commits well at the given attempt. */
  const settlingAt = (attempt: number, seen: number[]): Writing<Named, number, object> => ({
    ...create,
    prepare: async () => seen.push(seen.length + 1),
    async commit(tx, ctx, input, prepared) {
      await create.commit(tx, ctx, input, undefined);
      if (prepared < attempt) throw new StalePreparation("the role went away");
      return { prepared };
    },
  });

  test("prepare and commit run again, and only the last run counts", async () => {
    const seen: number[] = [];
    await inHouse({ ecr: [settlingAt(3, seen)] }, async (house) => {
      expect(await house.call("CreateRepository", { repositoryName: "app" })).toEqual({ prepared: 3 });
      expect(seen).toEqual([1, 2, 3]);
      expect(await house.notes()).toEqual(["app"]);
      expect((await house.events()).length).toBe(1);
    });
  });

  test("not for ever", async () => {
    const seen: number[] = [];
    await inHouse({ ecr: [settlingAt(100, seen)] }, async (house) => {
      const refusal = await house.refusal("CreateRepository", { repositoryName: "app" });
      expect(refusal).toMatchObject({ code: "ServiceUnavailable" });
      expect(seen.length).toBe(8);
      expect(await house.notes()).toEqual([]);
    });
  });
});

describe("operations that are one service's own", () => {
  const service = "replication.ecr.amazonaws.com";
  const own: InternalOperation<object, never, string> = {
    service: "ecr",
    name: "ReplicateImage",
    onlyFor: service,
    authorise: () => [{ action: "ecr:ReplicateImage", resource: repository("app") }],
    read: async () => "done",
  };
  const anything = allow("*");

  test.each<readonly [string, Principal]>([
    ["root", root],
    ["a user who may do everything", user("admin")],
    ["another service", { type: "AWSService", service: "ecs.amazonaws.com", account }],
    ["anonymous", { type: "Anonymous" }],
  ])("are refused to %s", async (_who, principal) => {
    await inHouse({}, async (house) => {
      house.standings.set(user("admin").arn, {
        identity: [{ name: "all", document: anything }],
        tags: [],
        serviceLinked: false,
      });
      const refusal = await house.refusal(own, {}, { as: principal });
      expect(refusal?.code).toBe("AccessDenied");
      expect(refusal?.message).toMatch(/is not authorized to perform: ecr:ReplicateImage$/);
    });
  });

  test("are open to the service in its role, as far as the role's policy goes", async () => {
    await inHouse({}, async (house) => {
      const role = { servicePrincipal: service, account, sessionName: "ecr-replication" };
      house.addRole(service, allow("ecr:ReplicateImage"));
      expect(await house.dispatcher.clientAs(role, region).invoke(own, {})).toBe("done");
      await house.store.transaction((tx) => tx.bumpEpoch(account));
      house.addRole(service, allow("ecr:CreateRepository"));
      await expect(house.dispatcher.clientAs(role, region).invoke(own, {})).rejects.toMatchObject({
        code: "AccessDenied",
      });
    });
  });
});

describe("nested calls", () => {
  test("a role's session is the caller of what is done with it", async () => {
    const service = "replication.ecr.amazonaws.com";
    const through = asking((ctx) =>
      ctx
        .as({ servicePrincipal: service, sessionName: "copying" })
        .send(new CreateRepositoryCommand({ repositoryName: "app" })),
    );
    await inHouse({ ecr: [create, through] }, async (house) => {
      const role = house.addRole(service, allow("ecr:CreateRepository"));
      await house.call("DescribeRegistry");
      const found = (await house.events()).find((event) => event.eventName === "CreateRepository");
      expect(JSON.parse(found?.record ?? "")).toMatchObject({
        userIdentity: {
          type: "AssumedRole",
          arn: `arn:aws:sts::${account}:assumed-role/${role.name}/copying`,
          invokedBy: service,
          sessionContext: { sessionIssuer: { arn: role.arn } },
        },
        sourceIPAddress: service,
        userAgent: service,
      });
    });
  });

  test("a forwarded identity carries aws:ViaAWSService and the services it came through, in order", async () => {
    const inner: Reading<object, object> = {
      name: "GetRole",
      authorise: () => [{ action: "iam:GetRole", resource: `arn:aws:iam::${account}:role/r` }],
      read: async () => ({}),
    };
    const outer: Reading<object, unknown> = {
      ...list,
      authorise: () => [],
      read: (ctx) => ctx.forward("second.amazonaws.com").send(new GetRoleCommand({ RoleName: "r" })),
    };
    const first = asking((ctx) =>
      ctx.forward("first.amazonaws.com").send(new DescribeRepositoriesCommand({})),
    );
    await inHouse({ ecr: [outer, first], iam: [inner] }, async (house) => {
      const ann = user("ann");
      house.standings.set(ann.arn, {
        identity: [
          {
            name: "only through both",
            document: allow("iam:GetRole", "*", {
              Bool: { "aws:ViaAWSService": "true" },
              StringEquals: {
                "aws:CalledViaFirst": "first.amazonaws.com",
                "aws:CalledViaLast": "second.amazonaws.com",
              },
              "ForAnyValue:StringEquals": { "aws:CalledVia": "first.amazonaws.com" },
              Null: { "aws:SourceIp": "true" },
            }),
          },
        ],
        tags: [],
        serviceLinked: false,
      });
      await house.call("DescribeRegistry", {}, { as: ann });
      expect((await house.refusal("iam:GetRole", { RoleName: "r" }, { as: ann }))?.code).toBe("AccessDenied");
      const nested = (await house.events()).find(
        (e) => e.eventName === "GetRole" && !e.record.includes("errorCode"),
      );
      expect(JSON.parse(nested?.record ?? "")).toMatchObject({
        userIdentity: { type: "IAMUser", userName: "ann", invokedBy: "second.amazonaws.com" },
        sourceIPAddress: "second.amazonaws.com",
      });
    });
  });

  test("end at a depth of eight", async () => {
    let runs = 0;
    const endless: Reading<object, unknown> = {
      ...list,
      authorise: () => [],
      read: (ctx) => {
        runs++;
        return ctx.forward("loop.amazonaws.com").send(new DescribeRepositoriesCommand({}));
      },
    };
    await inHouse({ ecr: [endless] }, async (house) => {
      expect((await house.refusal("DescribeRepositories"))?.code).toBe("InternalFailure");
      expect(runs).toBe(9);
      expect(String(house.errors[0])).toContain("nested deeper than 8");
    });
  });

  test("go to the region they name, or to the call's", async () => {
    const seen: Region[] = [];
    const where: Reading<object, object> = {
      ...list,
      authorise: () => [],
      read: async (ctx) => {
        seen.push(ctx.region);
        return {};
      },
    };
    const outer = asking(async (ctx) => {
      const client = ctx.forward("x.amazonaws.com");
      await client.send(new DescribeRepositoriesCommand({}));
      await client.send(new DescribeRepositoriesCommand({}), { region: "sa-east-1" as Region });
    });
    await inHouse({ ecr: [where, outer] }, async (house) => {
      await house.call("DescribeRegistry");
      expect(seen).toEqual([region, "sa-east-1"]);
    });
  });

  test("a service in its own name is the caller", async () => {
    const seen: Principal[] = [];
    const who: Reading<object, object> = {
      ...list,
      authorise: () => [],
      read: async (ctx) => {
        seen.push(ctx.principal);
        return {};
      },
    };
    await inHouse({ ecr: [who] }, async (house) => {
      await house.dispatcher
        .clientOf("x.amazonaws.com", account, region)
        .send(new DescribeRepositoriesCommand({}));
      expect(seen).toEqual([{ type: "AWSService", service: "x.amazonaws.com", account }]);
    });
  });
});

describe("changes of policy", () => {
  test("bind at the next call: a service that decides access bumps the account's epoch", async () => {
    const ann = user("ann");
    const may = { identity: [{ name: "p", document: allow("ecr:*") }], tags: [], serviceLinked: false };
    const changing: Writing<object, undefined, object> = {
      name: "DeleteUserPolicy",
      authorise: () => [],
      commit: async () => ({}),
    };
    await inHouse({ ecr: [list], iam: [changing] }, async (house) => {
      house.standings.set(ann.arn, may);
      expect(await house.refusal("DescribeRepositories", {}, { as: ann })).toBeUndefined();
      house.standings.set(ann.arn, { ...may, identity: [] });
      // Cached: nothing said that anything changed.
      expect(await house.refusal("DescribeRepositories", {}, { as: ann })).toBeUndefined();
      await house.call("iam:DeleteUserPolicy", { UserName: "ann", PolicyName: "p" });
      expect((await house.refusal("DescribeRepositories", {}, { as: ann }))?.code).toBe("AccessDenied");
    });
  });

  test("a resource's policy decides together with the caller's", async () => {
    const eve = user("eve");
    const everyone = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "ecr:CreateRepository" }],
    });
    await inHouse({ ecr: [create] }, async (house) => {
      house.standings.set(eve.arn, { identity: [], tags: [], serviceLinked: false });
      house.resources.set(repository("app"), { policies: [{ name: "repository a", document: everyone }] });
      expect(await house.refusal("CreateRepository", { repositoryName: "app" }, { as: eve })).toBeUndefined();
      expect((await house.refusal("CreateRepository", { repositoryName: "lib" }, { as: eve }))?.code).toBe(
        "AccessDenied",
      );
    });
  });
});

test("every finished call is reported once", async () => {
  await inHouse({ ecr: [list, create] }, async (house) => {
    await house.call("DescribeRepositories");
    await house.refusal("CreateRepository", { repositoryName: "UPPER" });
    expect(house.finished.map(({ operation, code, depth }) => [operation, code, depth])).toEqual([
      ["DescribeRepositories", undefined, 0],
      ["CreateRepository", "InvalidParameterException", 0],
    ]);
  });
});
