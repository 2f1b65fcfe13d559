import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CreateRepositoryCommand, DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import {
  CreateUserCommand,
  DeleteServiceLinkedRoleCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  GetUserCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import * as organizations from "@aws-sdk/client-organizations";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  leave,
  type Party,
  policy,
  push,
  replicateTo,
  rootParty,
  settled,
  userParty,
} from "./clients/parties.ts";
import { postgresMissing, postgresUrl } from "./support/postgres.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/** AWS Organizations over the wire: the tree, and its policies binding every call of every member. */

const management = "111111111111";
const member = "222222222222";
const outsider = "333333333333";

const missing = postgresMissing();

for (const database of ["SQLite", "PostgreSQL"] as const) {
  const skipped = database === "PostgreSQL" && missing !== undefined;
  describe.skipIf(skipped)(`on ${database}${skipped ? ` (SKIPPED: ${missing})` : ""}`, () => {
    let roadstead: TestRoadstead;
    let boss: organizations.OrganizationsClient;
    let org: Ids;
    beforeAll(async () => {
      roadstead = await testRoadstead(database === "PostgreSQL" ? { databaseUrl: await postgresUrl() } : {});
      boss = clientOf(management);
      org = await found(boss);
      await invite(boss, clientOf(member), member);
    }, 60_000);
    afterAll(async () => {
      boss?.destroy();
      await roadstead?.stop();
    });

    function clientOf(account: string): organizations.OrganizationsClient {
      return new organizations.OrganizationsClient({ ...roadstead.client(account), maxAttempts: 1 });
    }

    async function unit(name: string, parent = org.root): Promise<string> {
      const { OrganizationalUnit } = await boss.send(
        new organizations.CreateOrganizationalUnitCommand({ ParentId: parent, Name: name }),
      );
      return OrganizationalUnit?.Id ?? "";
    }

    async function control(name: string, ...statements: readonly object[]): Promise<string> {
      const { Policy } = await boss.send(
        new organizations.CreatePolicyCommand({
          Name: name,
          Description: "",
          Type: "SERVICE_CONTROL_POLICY",
          Content: policy(...statements),
        }),
      );
      return Policy?.PolicySummary?.Id ?? "";
    }

    const attach = (PolicyId: string, TargetId: string) =>
      boss.send(new organizations.AttachPolicyCommand({ PolicyId, TargetId }));
    const detach = (PolicyId: string, TargetId: string) =>
      boss.send(new organizations.DetachPolicyCommand({ PolicyId, TargetId }));
    const move = (AccountId: string, SourceParentId: string, DestinationParentId: string) =>
      boss.send(new organizations.MoveAccountCommand({ AccountId, SourceParentId, DestinationParentId }));

    describe("the tree", () => {
      test("is told as it was made", async () => {
        const top = await unit("Top");
        const inner = await unit("Inner", top);
        const { OrganizationalUnits: units } = await boss.send(
          new organizations.ListOrganizationalUnitsForParentCommand({ ParentId: top }),
        );
        expect(units).toMatchObject([{ Id: inner, Name: "Inner" }]);
        expect(inner).toMatch(/^ou-[0-9a-z]{4}-[0-9a-z]{8}$/);
        const parents = await boss.send(new organizations.ListParentsCommand({ ChildId: inner }));
        expect(parents.Parents).toEqual([{ Id: top, Type: "ORGANIZATIONAL_UNIT" }]);
        const children = await boss.send(
          new organizations.ListChildrenCommand({ ParentId: org.root, ChildType: "ACCOUNT" }),
        );
        expect(children.Children?.map(({ Id }) => Id)).toEqual([management, member]);
        await expect(unit("Inner", top)).rejects.toMatchObject({
          name: "DuplicateOrganizationalUnitException",
          message: "An OU with the same name already exists.",
        });
        const remove = (id: string) =>
          boss.send(new organizations.DeleteOrganizationalUnitCommand({ OrganizationalUnitId: id }));
        await expect(remove(top)).rejects.toMatchObject({ name: "OrganizationalUnitNotEmptyException" });
        const renamed = await boss.send(
          new organizations.UpdateOrganizationalUnitCommand({ OrganizationalUnitId: inner, Name: "Other" }),
        );
        expect(renamed.OrganizationalUnit?.Name).toBe("Other");
        await remove(inner);
        await remove(top);
        await expect(
          boss.send(new organizations.DescribeOrganizationalUnitCommand({ OrganizationalUnitId: top })),
        ).rejects.toMatchObject({ name: "OrganizationalUnitNotFoundException" });
      });

      test("is five units deep at most", async () => {
        const made: string[] = [];
        for (let depth = 1; depth <= 5; depth++) made.push(await unit(`Level ${depth}`, made.at(-1)));
        await expect(unit("Level 6", made.at(-1))).rejects.toMatchObject({
          name: "ConstraintViolationException",
          Reason: "OU_DEPTH_LIMIT_EXCEEDED",
        });
      });

      test("pages", async () => {
        const parent = await unit("Pages");
        for (const name of ["A", "B", "C"]) await unit(name, parent);
        const names: (string | undefined)[] = [];
        const pages = organizations.paginateListOrganizationalUnitsForParent(
          { client: boss, pageSize: 2 },
          { ParentId: parent },
        );
        let count = 0;
        for await (const page of pages) {
          count += 1;
          names.push(...(page.OrganizationalUnits ?? []).map(({ Name }) => Name));
        }
        expect([count, names.sort()]).toEqual([2, ["A", "B", "C"]]);
        await expect(
          boss.send(new organizations.ListAccountsCommand({ NextToken: "made up" })),
        ).rejects.toMatchObject({ name: "InvalidInputException", Reason: "INVALID_NEXT_TOKEN" });
      });

      test("is the management account's to see; a member sees the organization only", async () => {
        const inside = clientOf(member);
        const { Organization } = await inside.send(new organizations.DescribeOrganizationCommand({}));
        expect(Organization).toMatchObject({ Id: org.id, MasterAccountId: management, FeatureSet: "ALL" });
        await expect(inside.send(new organizations.ListAccountsCommand({}))).rejects.toMatchObject({
          name: "AccessDeniedException",
          message: "You don't have permissions to access this resource.",
        });
        const outside = clientOf(outsider);
        await expect(outside.send(new organizations.ListAccountsCommand({}))).rejects.toMatchObject({
          name: "AWSOrganizationsNotInUseException",
          message: "Your account is not a member of an organization.",
        });
      });

      test("has tags that policies see", async () => {
        const id = await unit("Tagged");
        await boss.send(
          new organizations.TagResourceCommand({ ResourceId: id, Tags: [{ Key: "team", Value: "a" }] }),
        );
        const root = rootParty(roadstead.url, management);
        const party = await userParty(root, "tagger", {
          Effect: "Allow",
          Action: "organizations:*",
          Resource: "*",
          Condition: { StringEquals: { "aws:ResourceTag/team": "a" } },
        });
        const { credentials } = party.iam.config;
        const tagger = new organizations.OrganizationsClient({
          ...roadstead.client(management),
          credentials,
        });
        const describeUnit = (OrganizationalUnitId: string) =>
          tagger.send(new organizations.DescribeOrganizationalUnitCommand({ OrganizationalUnitId }));
        expect((await describeUnit(id)).OrganizationalUnit?.Name).toBe("Tagged");
        await boss.send(new organizations.UntagResourceCommand({ ResourceId: id, TagKeys: ["team"] }));
        await expect(describeUnit(id)).rejects.toMatchObject({ name: "AccessDeniedException" });
        leave(root, party);
        tagger.destroy();
      });
    });

    describe("policies", () => {
      test("FullAWSAccess is on everything, and the last policy stays", async () => {
        const id = await unit("Defaults");
        for (const target of [org.root, id, member, management]) {
          const { Policies } = await boss.send(
            new organizations.ListPoliciesForTargetCommand({
              TargetId: target,
              Filter: "SERVICE_CONTROL_POLICY",
            }),
          );
          expect(Policies).toMatchObject([
            {
              Id: "p-FullAWSAccess",
              Arn: "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
              AwsManaged: true,
            },
          ]);
        }
        await expect(detach("p-FullAWSAccess", id)).rejects.toMatchObject({
          name: "ConstraintViolationException",
          Reason: "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
          message:
            "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.",
        });
        await expect(attach("p-FullAWSAccess", id)).rejects.toMatchObject({
          name: "DuplicatePolicyAttachmentException",
        });
        await expect(
          boss.send(new organizations.DeletePolicyCommand({ PolicyId: "p-FullAWSAccess" })),
        ).rejects.toMatchObject({ name: "InvalidInputException", Reason: "IMMUTABLE_POLICY" });
      });

      test("five at most are on one thing", async () => {
        const id = await unit("Many");
        for (let i = 1; i <= 4; i++) {
          await attach(await control(`many ${i}`, { Effect: "Deny", Action: "a4b:*", Resource: "*" }), id);
        }
        const fifth = await control("many 5", { Effect: "Deny", Action: "a4b:*", Resource: "*" });
        await expect(attach(fifth, id)).rejects.toMatchObject({
          Reason: "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        });
      });

      const allow = { Effect: "Allow", Action: "*", Resource: "*" };
      test.each([
        ["no JSON", "{", "MalformedPolicyDocumentException"],
        ["a principal", policy({ ...allow, Principal: "*" }), "MalformedPolicyDocumentException"],
        ["5,121 bytes", policy(allow).padEnd(5121), "ConstraintViolationException"],
        ["5,120 bytes", policy(allow).padEnd(5120), undefined],
      ])("a text with %s", async (what, Content, refusal) => {
        const creation = boss.send(
          new organizations.CreatePolicyCommand({
            Name: what,
            Description: "",
            Type: "SERVICE_CONTROL_POLICY",
            Content,
          }),
        );
        if (refusal === undefined) expect((await creation).Policy?.Content).toBe(Content);
        else await expect(creation).rejects.toMatchObject({ name: refusal });
      });

      test("are in use until they are on nothing", async () => {
        const id = await unit("In use");
        const deny = await control("in use", { Effect: "Deny", Action: "a4b:*", Resource: "*" });
        await attach(deny, id);
        const { Targets } = await boss.send(
          new organizations.ListTargetsForPolicyCommand({ PolicyId: deny }),
        );
        expect(Targets).toMatchObject([{ TargetId: id, Name: "In use", Type: "ORGANIZATIONAL_UNIT" }]);
        const remove = () => boss.send(new organizations.DeletePolicyCommand({ PolicyId: deny }));
        await expect(remove()).rejects.toMatchObject({ name: "PolicyInUseException" });
        await detach(deny, id);
        await remove();
        await expect(
          boss.send(new organizations.DescribePolicyCommand({ PolicyId: deny })),
        ).rejects.toMatchObject({ name: "PolicyNotFoundException" });
      });
    });

    describe("trusted access", () => {
      const ServicePrincipal = "iam.amazonaws.com";
      const Reason = (error: { Reason?: string }) => error.Reason;

      test("is given to services, and to members that administer them", async () => {
        const register = (AccountId: string) =>
          boss.send(new organizations.RegisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }));
        const delegate = clientOf(member);
        const see = () => delegate.send(new organizations.ListAccountsCommand({}));
        expect(await register(member).catch(Reason)).toBe("SERVICE_ACCESS_NOT_ENABLED");
        const enable = new organizations.EnableAWSServiceAccessCommand({ ServicePrincipal });
        await boss.send(enable);
        await boss.send(enable);
        const { EnabledServicePrincipals: enabled } = await boss.send(
          new organizations.ListAWSServiceAccessForOrganizationCommand({}),
        );
        expect(enabled).toEqual([{ ServicePrincipal, DateEnabled: expect.any(Date) }]);
        await expect(see()).rejects.toMatchObject({ name: "AccessDeniedException" });
        expect(await register(management).catch(Reason)).toBe(
          "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
        );
        await register(member);
        await expect(register(member)).rejects.toMatchObject({ name: "AccountAlreadyRegisteredException" });
        expect((await see()).Accounts?.map(({ Id }) => Id)).toEqual([management, member]);
        // A delegate sees; it changes nothing.
        await expect(
          delegate.send(new organizations.EnableAWSServiceAccessCommand({ ServicePrincipal })),
        ).rejects.toMatchObject({ name: "AccessDeniedException" });
        expect(await boss.send(new organizations.ListDelegatedAdministratorsCommand({}))).toMatchObject({
          DelegatedAdministrators: [
            { Id: member, Status: "ACTIVE", DelegationEnabledDate: expect.any(Date) },
          ],
        });
        expect(
          await boss.send(new organizations.ListDelegatedServicesForAccountCommand({ AccountId: member })),
        ).toMatchObject({ DelegatedServices: [{ ServicePrincipal }] });
        expect(await delegate.send(new organizations.LeaveOrganizationCommand({})).catch(Reason)).toBe(
          "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
        );
        await boss.send(new organizations.DisableAWSServiceAccessCommand({ ServicePrincipal }));
        await expect(see()).rejects.toMatchObject({ name: "AccessDeniedException" });
        await expect(
          boss.send(
            new organizations.DeregisterDelegatedAdministratorCommand({
              AccountId: member,
              ServicePrincipal,
            }),
          ),
        ).rejects.toMatchObject({ name: "AccountNotRegisteredException" });
        delegate.destroy();
      });

      test.each(["iam", "iam.example.com", "IAM.amazonaws.com"])("%s is no service", async (name) => {
        const call = boss.send(new organizations.EnableAWSServiceAccessCommand({ ServicePrincipal: name }));
        await expect(call).rejects.toMatchObject({ name: "InvalidInputException" });
      });

      test("all features are there already", async () => {
        const call = boss.send(new organizations.EnableAllFeaturesCommand({}));
        expect(await call.catch(Reason)).toBe("ORGANIZATION_ALREADY_HAS_ALL_FEATURES");
      });

      test("what has no meaning here is refused, and says why", async () => {
        const call = boss.send(
          new organizations.DescribeEffectivePolicyCommand({ PolicyType: "TAG_POLICY" }),
        );
        await expect(call).rejects.toMatchObject({
          name: "NotImplemented",
          message: expect.stringMatching(
            /^Roadstead does not serve organizations:DescribeEffectivePolicy: effective policies are /,
          ),
        });
      });

      test("a closed account does nothing more, its root included, and stays in the organization", async () => {
        const closing = "444444444444";
        const root = clientOf(closing);
        await invite(boss, root, closing);
        await root.send(new organizations.DescribeOrganizationCommand({}));
        const close = () => boss.send(new organizations.CloseAccountCommand({ AccountId: closing }));
        await close();
        await expect(root.send(new organizations.DescribeOrganizationCommand({}))).rejects.toMatchObject({
          name: "AccessDeniedException",
        });
        expect(
          await boss.send(new organizations.DescribeAccountCommand({ AccountId: closing })),
        ).toMatchObject({ Account: { Status: "SUSPENDED", State: "CLOSED" } });
        await expect(close()).rejects.toMatchObject({ name: "AccountAlreadyClosedException" });
        await boss.send(new organizations.RemoveAccountFromOrganizationCommand({ AccountId: closing }));
        await expect(root.send(new organizations.DescribeOrganizationCommand({}))).rejects.toMatchObject({
          name: "AccessDeniedException",
        });
        root.destroy();
      });
    });

    describe("binding", () => {
      let root: Party;
      let ann: Party;
      const arn = `arn:aws:iam::${member}:user/ann`;
      beforeAll(async () => {
        root = rootParty(roadstead.url, member);
        ann = await userParty(root, "ann", { Effect: "Allow", Action: "*", Resource: "*" });
      });
      afterAll(() => leave(root, ann));
      const getUser = (party: Party) => party.iam.send(new GetUserCommand({ UserName: "ann" }));

      test("an explicit deny on the root binds every member and its root, at the next call; not the management account", async () => {
        const deny = await control("no users", { Effect: "Deny", Action: "iam:GetUser", Resource: "*" });
        expect((await getUser(ann)).User?.UserName).toBe("ann");
        await attach(deny, org.root);
        for (const [party, who] of [
          [ann, arn],
          [root, `arn:aws:iam::${member}:root`],
        ] as const) {
          await expect(getUser(party)).rejects.toMatchObject({
            name: "AccessDenied",
            message: `User: ${who} is not authorized to perform: iam:GetUser on resource: user ann with an explicit deny in a service control policy`,
          });
        }
        const free = new IAMClient(roadstead.client(management));
        await free.send(new CreateUserCommand({ UserName: "ann" }));
        expect((await free.send(new GetUserCommand({ UserName: "ann" }))).User?.UserName).toBe("ann");
        const stranger = new IAMClient(roadstead.client(outsider));
        await stranger.send(new CreateUserCommand({ UserName: "ann" }));
        await stranger.send(new GetUserCommand({ UserName: "ann" }));
        free.destroy();
        stranger.destroy();

        await boss.send(
          new organizations.UpdatePolicyCommand({
            PolicyId: deny,
            Content: policy({ Effect: "Deny", Action: "iam:ListUsers", Resource: "*" }),
          }),
        );
        await getUser(ann);
        await expect(ann.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
        await detach(deny, org.root);
        await ann.iam.send(new ListUsersCommand({}));
      });

      test("what a level does not allow is refused, and a move between units decides at once", async () => {
        const narrow = await unit("Registries only");
        const onlyRegistries = await control("only registries", {
          Effect: "Allow",
          Action: "ecr:*",
          Resource: "*",
        });
        await attach(onlyRegistries, narrow);
        await detach("p-FullAWSAccess", narrow);
        await getUser(root);
        await move(member, org.root, narrow);
        for (const [party, who] of [
          [ann, arn],
          [root, `arn:aws:iam::${member}:root`],
        ] as const) {
          await expect(getUser(party)).rejects.toMatchObject({
            name: "AccessDenied",
            message: `User: ${who} is not authorized to perform: iam:GetUser on resource: user ann because no service control policy allows the iam:GetUser action`,
          });
          await party.ecr.send(new DescribeRepositoriesCommand({}));
        }
        await expect(move(member, org.root, narrow)).rejects.toMatchObject({
          name: "SourceParentNotFoundException",
        });
        await move(member, narrow, org.root);
        await getUser(ann);
      });

      test("disabling the type frees everybody; enabling it again begins with FullAWSAccess", async () => {
        const deny = await control("nothing", { Effect: "Deny", Action: "*", Resource: "*" });
        await attach(deny, member);
        await expect(getUser(root)).rejects.toMatchObject({ name: "AccessDenied" });
        const type = { RootId: org.root, PolicyType: "SERVICE_CONTROL_POLICY" } as const;
        const { Root } = await boss.send(new organizations.DisablePolicyTypeCommand(type));
        expect(Root?.PolicyTypes).toEqual([]);
        await getUser(root);
        await expect(attach(deny, member)).rejects.toMatchObject({ name: "PolicyTypeNotEnabledException" });
        await boss.send(new organizations.EnablePolicyTypeCommand(type));
        await expect(boss.send(new organizations.EnablePolicyTypeCommand(type))).rejects.toMatchObject({
          name: "PolicyTypeAlreadyEnabledException",
        });
        await getUser(root);
      });

      test("a service-linked role works on under a policy that denies everything but a push", async () => {
        const abroad = rootParty(roadstead.url, member, "eu-west-1");
        await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
        await replicateTo(root, [abroad]);
        const pushing = [
          "ecr:GetAuthorizationToken",
          "ecr:BatchCheckLayerAvailability",
          "ecr:InitiateLayerUpload",
          "ecr:UploadLayerPart",
          "ecr:CompleteLayerUpload",
          "ecr:PutImage",
          "ecr:DescribeImageReplicationStatus",
        ];
        const deny = await control("push only", { Effect: "Deny", NotAction: pushing, Resource: "*" });
        await attach(deny, member);
        // What the role is about to do, nobody else may.
        await expect(
          abroad.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" })),
        ).rejects.toMatchObject({ name: "AccessDeniedException" });
        const digest = await push(root, "app", "v1");
        expect(Object.values(await settled(root, "app", digest))).toMatchObject([{ status: "COMPLETE" }]);
        await detach(deny, member);
        const there = await abroad.ecr.send(new DescribeRepositoriesCommand({}));
        expect(there.repositories).toMatchObject([{ repositoryName: "app" }]);
        leave(abroad);
      }, 60_000);
    });

    describe("accounts", () => {
      test("one that is made has the role through which the management account gets in", async () => {
        const { CreateAccountStatus: begun } = await boss.send(
          new organizations.CreateAccountCommand({ AccountName: "Made", Email: "made@example.com" }),
        );
        expect(begun).toMatchObject({ State: "IN_PROGRESS", AccountName: "Made" });
        const made = await concluded(boss, begun?.Id ?? "");
        expect(made).toMatchObject({ State: "SUCCEEDED", AccountId: expect.stringMatching(/^[1-9]\d{11}$/) });
        const account = made?.AccountId ?? "";
        const { Account } = await boss.send(new organizations.DescribeAccountCommand({ AccountId: account }));
        expect(Account).toMatchObject({
          Arn: `arn:aws:organizations::${management}:account/${org.id}/${account}`,
          Email: "made@example.com",
          Name: "Made",
          JoinedMethod: "CREATED",
          Status: "ACTIVE",
        });

        const root = new IAMClient(roadstead.client(account));
        const { Role } = await root.send(new GetRoleCommand({ RoleName: "OrganizationAccountAccessRole" }));
        expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""))).toEqual({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${management}:root` },
              Action: "sts:AssumeRole",
            },
          ],
        });
        const attached = await root.send(
          new ListAttachedRolePoliciesCommand({ RoleName: "OrganizationAccountAccessRole" }),
        );
        expect(attached.AttachedPolicies).toMatchObject([{ PolicyName: "AdministratorAccess" }]);
        root.destroy();

        const trail = new CloudTrailClient(roadstead.client(account));
        const { Events = [] } = await trail.send(
          new LookupEventsCommand({
            LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "CreateRole" }],
          }),
        );
        expect(JSON.parse(Events[0]?.CloudTrailEvent ?? "{}")).toMatchObject({
          sourceIPAddress: "organizations.amazonaws.com",
          userIdentity: { type: "Root", accountId: account },
        });
        trail.destroy();

        const party = rootParty(roadstead.url, management);
        const admin = await userParty(party, "admin", { Effect: "Allow", Action: "sts:*", Resource: "*" });
        const { Credentials } = await admin.sts.send(
          new AssumeRoleCommand({
            RoleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`,
            RoleSessionName: "in",
          }),
        );
        const inside = new IAMClient({
          ...roadstead.client(account),
          credentials: {
            accessKeyId: Credentials?.AccessKeyId ?? "",
            secretAccessKey: Credentials?.SecretAccessKey ?? "",
            sessionToken: Credentials?.SessionToken ?? "",
          },
        });
        await inside.send(new ListUsersCommand({}));
        const deny = await control("no lists", { Effect: "Deny", Action: "iam:ListUsers", Resource: "*" });
        await attach(deny, account);
        await expect(inside.send(new ListUsersCommand({}))).rejects.toMatchObject({
          message: `User: arn:aws:sts::${account}:assumed-role/OrganizationAccountAccessRole/in is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${account}:user/ with an explicit deny in a service control policy`,
        });
        await boss.send(new organizations.RemoveAccountFromOrganizationCommand({ AccountId: account }));
        await inside.send(new ListUsersCommand({}));
        inside.destroy();
        leave(party, admin);
      }, 30_000);

      test("an address is one account's", async () => {
        const request = { AccountName: "Twin", Email: "twin@example.com" };
        const states: unknown[] = [];
        for (let i = 0; i < 2; i++) {
          const { CreateAccountStatus } = await boss.send(new organizations.CreateAccountCommand(request));
          const { State, FailureReason } = (await concluded(boss, CreateAccountStatus?.Id ?? "")) ?? {};
          states.push([State, FailureReason]);
        }
        expect(states).toEqual([
          ["SUCCEEDED", undefined],
          ["FAILED", "EMAIL_ALREADY_EXISTS"],
        ]);
        const { CreateAccountStatuses } = await boss.send(
          new organizations.ListCreateAccountStatusCommand({ States: ["FAILED"] }),
        );
        expect(CreateAccountStatuses).toMatchObject([{ AccountName: "Twin" }]);
      }, 30_000);

      test("invitations are answered once, by the one that is asked", async () => {
        const invited = clientOf(outsider);
        const { Handshake } = await boss.send(
          new organizations.InviteAccountToOrganizationCommand({ Target: { Id: outsider, Type: "ACCOUNT" } }),
        );
        const HandshakeId = Handshake?.Id ?? "";
        await expect(
          boss.send(
            new organizations.InviteAccountToOrganizationCommand({
              Target: { Id: outsider, Type: "ACCOUNT" },
            }),
          ),
        ).rejects.toMatchObject({ name: "DuplicateHandshakeException" });
        await expect(
          boss.send(new organizations.AcceptHandshakeCommand({ HandshakeId })),
        ).rejects.toMatchObject({ name: "HandshakeNotFoundException" });
        const mine = await invited.send(new organizations.ListHandshakesForAccountCommand({}));
        expect(mine.Handshakes).toMatchObject([{ Id: HandshakeId, State: "OPEN", Action: "INVITE" }]);
        await invited.send(new organizations.DeclineHandshakeCommand({ HandshakeId }));
        await expect(
          invited.send(new organizations.DeclineHandshakeCommand({ HandshakeId })),
        ).rejects.toMatchObject({ name: "HandshakeAlreadyInStateException" });
        await expect(
          invited.send(new organizations.AcceptHandshakeCommand({ HandshakeId })),
        ).rejects.toMatchObject({ name: "InvalidHandshakeTransitionException" });
        await expect(
          boss.send(
            new organizations.InviteAccountToOrganizationCommand({ Target: { Id: member, Type: "ACCOUNT" } }),
          ),
        ).rejects.toMatchObject({ Reason: "ALREADY_IN_AN_ORGANIZATION" });
        invited.destroy();
      });

      test("Organizations' own role stays while its account is a member", async () => {
        const root = new IAMClient(roadstead.client(member));
        const outcome = async () => {
          const { DeletionTaskId = "" } = await root.send(
            new DeleteServiceLinkedRoleCommand({ RoleName: "AWSServiceRoleForOrganizations" }),
          );
          for (;;) {
            const status = await root
              .send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))
              .then(({ Status }) => Status)
              .catch(() => undefined);
            if (status === "SUCCEEDED" || status === "FAILED") return status;
          }
        };
        expect(await outcome()).toBe("FAILED");
        await expect(boss.send(new organizations.DeleteOrganizationCommand({}))).rejects.toMatchObject({
          name: "OrganizationNotEmptyException",
          message: "To delete an organization you must first remove all member accounts (except the master).",
        });
        const inside = clientOf(member);
        await inside.send(new organizations.LeaveOrganizationCommand({}));
        inside.destroy();
        expect(await outcome()).toBe("SUCCEEDED");
        root.destroy();
      }, 30_000);

      test("an organization ends when its members are gone", async () => {
        const { Accounts = [] } = await boss.send(new organizations.ListAccountsCommand({}));
        for (const { Id } of Accounts) {
          if (Id === management) continue;
          await boss.send(new organizations.RemoveAccountFromOrganizationCommand({ AccountId: Id }));
        }
        await expect(
          boss.send(new organizations.RemoveAccountFromOrganizationCommand({ AccountId: management })),
        ).rejects.toMatchObject({ name: "MasterCannotLeaveOrganizationException" });
        await boss.send(new organizations.DeleteOrganizationCommand({}));
        await expect(boss.send(new organizations.DescribeOrganizationCommand({}))).rejects.toMatchObject({
          name: "AWSOrganizationsNotInUseException",
        });
        const again = await found(boss);
        expect(again.id).not.toBe(org.id);
        await expect(boss.send(new organizations.CreateOrganizationCommand({}))).rejects.toMatchObject({
          name: "AlreadyInOrganizationException",
        });
      });
    });
  });
}

interface Ids {
  readonly id: string;
  readonly root: string;
}

/** A new organization in which service control policies are enabled. */
async function found(boss: organizations.OrganizationsClient): Promise<Ids> {
  const { Organization } = await boss.send(
    new organizations.CreateOrganizationCommand({ FeatureSet: "ALL" }),
  );
  const { Roots } = await boss.send(new organizations.ListRootsCommand({}));
  const root = Roots?.[0]?.Id ?? "";
  expect(Roots).toMatchObject([{ Name: "Root", PolicyTypes: [] }]);
  const { Root } = await boss.send(
    new organizations.EnablePolicyTypeCommand({ RootId: root, PolicyType: "SERVICE_CONTROL_POLICY" }),
  );
  expect(Root?.PolicyTypes).toEqual([{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }]);
  return { id: Organization?.Id ?? "", root };
}

async function invite(
  boss: organizations.OrganizationsClient,
  invited: organizations.OrganizationsClient,
  account: string,
): Promise<void> {
  const { Handshake } = await boss.send(
    new organizations.InviteAccountToOrganizationCommand({ Target: { Id: account, Type: "ACCOUNT" } }),
  );
  const accepted = await invited.send(
    new organizations.AcceptHandshakeCommand({ HandshakeId: Handshake?.Id ?? "" }),
  );
  expect(accepted.Handshake?.State).toBe("ACCEPTED");
  invited.destroy();
}

/** Where a request to make an account has ended. */
async function concluded(
  boss: organizations.OrganizationsClient,
  CreateAccountRequestId: string,
): Promise<organizations.CreateAccountStatus | undefined> {
  for (;;) {
    const { CreateAccountStatus } = await boss.send(
      new organizations.DescribeCreateAccountStatusCommand({ CreateAccountRequestId }),
    );
    if (CreateAccountStatus?.State !== "IN_PROGRESS") return CreateAccountStatus;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
