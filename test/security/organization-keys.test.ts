import * as ecr from "@aws-sdk/client-ecr";
import * as organizations from "@aws-sdk/client-organizations";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Policies that ask where an account is follow it at the next call. */

const [management, member, stranger] = ["111111111111", "222222222222", "333333333333"];
let roadstead: TestRoadstead;
let root: string;
let unit: string;
let id: string;

beforeAll(async () => {
  roadstead = await testRoadstead();
  const client = new organizations.OrganizationsClient(roadstead.client(management));
  const { Organization } = await client.send(new organizations.CreateOrganizationCommand({}));
  id = Organization?.Id ?? "";
  const { Roots } = await client.send(new organizations.ListRootsCommand({}));
  root = Roots?.[0]?.Id ?? "";
  const made = await client.send(
    new organizations.CreateOrganizationalUnitCommand({ ParentId: root, Name: "team" }),
  );
  unit = made.OrganizationalUnit?.Id ?? "";
});
afterAll(() => roadstead.stop());

/** Sets the policy of the management account's repository to one condition, which alone lets others in. */
async function letIn(Condition: object): Promise<void> {
  const registry = new ecr.ECRClient(roadstead.client(management));
  const statement = { Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage", Condition };
  await registry
    .send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }))
    .catch((error: Error) => expect(error.name).toBe("RepositoryAlreadyExistsException"));
  await registry.send(
    new ecr.SetRepositoryPolicyCommand({
      repositoryName: "app",
      policyText: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
    }),
  );
}

async function isLetIn(account: string): Promise<boolean> {
  const input = { registryId: management, repositoryName: "app", imageIds: [{ imageTag: "v1" }] };
  return new ecr.ECRClient(roadstead.client(account)).send(new ecr.BatchGetImageCommand(input)).then(
    () => true,
    (error: Error) => {
      expect(error.name).toBe("AccessDeniedException");
      return false;
    },
  );
}

test("aws:PrincipalOrgID, aws:PrincipalOrgPaths and aws:ResourceOrgID follow an account that joins, moves and leaves", async () => {
  const client = new organizations.OrganizationsClient(roadstead.client(management));
  const invited = new organizations.OrganizationsClient(roadstead.client(member));

  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
  await letIn({ StringEquals: { "aws:ResourceOrgID": "${aws:PrincipalOrgID}" } });
  expect([await isLetIn(member), await isLetIn(stranger)]).toEqual([false, false]);
  const { Handshake } = await client.send(
    new organizations.InviteAccountToOrganizationCommand({ Target: { Type: "ACCOUNT", Id: member } }),
  );
  await invited.send(new organizations.AcceptHandshakeCommand({ HandshakeId: Handshake?.Id }));
  expect([await isLetIn(member), await isLetIn(stranger)]).toEqual([true, false]);

  await letIn({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": `${id}/${root}/${unit}/*` } });
  expect(await isLetIn(member)).toBe(false);
  await client.send(
    new organizations.MoveAccountCommand({
      AccountId: member,
      SourceParentId: root,
      DestinationParentId: unit,
    }),
  );
  expect(await isLetIn(member)).toBe(true);

  await letIn({ StringEquals: { "aws:PrincipalOrgID": id } });
  expect(await isLetIn(member)).toBe(true);
  await invited.send(new organizations.LeaveOrganizationCommand({}));
  expect(await isLetIn(member)).toBe(false);
});

test.each([
  ["https://example.com/page", true],
  ["https://elsewhere.example/", false],
])("aws:Referer is the header that the client sent: %s", async (referer, expected) => {
  await letIn({ StringLike: { "aws:Referer": "https://example.com/*" } });
  const client = new ecr.ECRClient(roadstead.client(stranger));
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers.referer = referer;
      return next(args);
    },
    { step: "build" },
  );
  const input = { registryId: management, repositoryName: "app", imageIds: [{ imageTag: "v1" }] };
  const call = client.send(new ecr.BatchGetImageCommand(input)).then(
    () => true,
    () => false,
  );
  expect(await call).toBe(expected);
});
