import { CreateOpenIDConnectProviderCommand, GetOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { openDoor, testAccount } from "../../../test/support/iam-door.ts";

const found = "a".repeat(40);
const given = "b".repeat(40);

test.each<readonly [string, string | undefined, string[] | undefined, readonly string[]]>([
  ["its server's, when none is given", found, undefined, [found]],
  ["its server's, when an empty list is given", found, [], [found]],
  ["what is given", found, [given], [given]],
  ["none, when the server cannot be reached", undefined, undefined, []],
])("an OpenID Connect provider has as thumbprints %s", async (_what, server, ThumbprintList, expected) => {
  const asked: string[] = [];
  const door = await openDoor({
    serverThumbprint: async (url) => {
      asked.push(url);
      return server;
    },
  });
  try {
    const root = door.root(testAccount);
    const { OpenIDConnectProviderArn } = await root.send(
      new CreateOpenIDConnectProviderCommand({ Url: "https://issuer.example.com/realm", ThumbprintList }),
    );
    const made = await root.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    expect(made.ThumbprintList ?? []).toEqual(expected);
    expect(asked).toEqual(expected.includes(given) ? [] : ["https://issuer.example.com/realm"]);
  } finally {
    await door.close();
  }
});
