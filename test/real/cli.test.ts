import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { CreateRepositoryCommand, DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { partyOf, push, rootParty, settled, userParty } from "../clients/parties.ts";
import { type Home, makeHome, notBuilt, roadstead, type Serving, serve } from "./binary.ts";

const patience = { timeout: 60_000 };

describe.skipIf(notBuilt())("the roadstead command", patience, () => {
  let home: Home;
  const serving: Serving[] = [];
  beforeEach(() => {
    home = makeHome();
  });
  afterEach(async () => {
    await Promise.all(serving.splice(0).map((one) => one.end("SIGKILL")));
    home.remove();
  });

  const run = (...args: readonly string[]) => roadstead(args, home.env);

  /** Starts one on a free port with the test's data folder. */
  async function start(...args: readonly string[]): Promise<Serving> {
    const one = await serve(["--port", "0", "--data-dir", home.dataDir, ...args], home.env);
    serving.push(one);
    return one;
  }

  async function identity(url: string, accessKeyId: string, secretAccessKey: string) {
    const { sts } = partyOf(
      { endpoint: url, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } },
      "",
    );
    return await sts.send(new GetCallerIdentityCommand({}));
  }

  /** What failed, why, and what to run next. */
  const threeLines = (what: RegExp, why: RegExp): RegExp =>
    new RegExp(`^${what.source}\n  why: .*${why.source}.*\n  try: .+\n$`);

  describe("helps", () => {
    test("--help names every command and what it is for", async () => {
      const { code, stdout } = await run("--help");
      expect(code).toBe(0);
      for (const name of ["start", "demo", "doctor", "accounts", "config", "explain"]) {
        expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b.* {2}\\S`, "m"));
      }
    });

    test("start --help names the flags of the contract and their environment", async () => {
      const { code, stdout } = await run("start", "--help");
      expect(code).toBe(0);
      const pairs = [
        ["--port", "ROADSTEAD_PORT"],
        ["--data-dir", "ROADSTEAD_DATA_DIR"],
        ["--database", "ROADSTEAD_DATABASE_URL"],
        ["--blobs", "ROADSTEAD_BLOBS_URL"],
      ] as const;
      const text = stdout.replace(/\s+/g, " ");
      for (const [flag, variable] of pairs) expect(text).toMatch(new RegExp(`${flag} .*${variable}`));
      expect(text).toContain("--bootstrap-key <ID:SECRET:ACCOUNT>");
      expect(text).toContain("--allow-reset");
    });

    test("--version is one number", async () => {
      expect(await run("--version")).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      });
    });

    test.each([[["--prot", "1"]], [["start", "--nonsense"]], [["accounts", "create"]], [["explain"]]])(
      "%j is refused with the help",
      async (args) => {
        const { code, stderr } = await run(...args);
        expect(code).not.toBe(0);
        expect(stderr).toMatch(/^error: /);
        expect(stderr).toContain("Usage: roadstead");
      },
    );
  });

  describe("config", () => {
    test("says what every setting is and where it came from", async () => {
      home.env.ROADSTEAD_PORT = "4599";
      home.env.ROADSTEAD_LOG_LEVEL = "warn";
      home.env.ROADSTEAD_ADMIN_TOKEN = "correct horse battery";
      const { code, stdout } = await run(
        "config",
        "--json",
        "--log-level",
        "error",
        "--data-dir",
        home.dataDir,
      );
      expect(code).toBe(0);
      expect(stdout).not.toContain("horse");
      const rows: { name: string; value: unknown; source: string; environment: string }[] =
        JSON.parse(stdout);
      const named = Object.fromEntries(rows.map((row) => [row.name, row]));
      expect(named).toMatchObject({
        port: { value: 4599, source: "environment", environment: "ROADSTEAD_PORT" },
        logLevel: { value: "error", source: "flag" },
        dataDir: { value: home.dataDir, source: "flag" },
        host: { value: "127.0.0.1", source: "default" },
        allowReset: { value: false, source: "default" },
        adminToken: { value: "given", source: "environment" },
      });
    });

    test.each([
      [["--port", "70000"], /port \(flag\): .*/],
      [["--port", "four"], /port \(flag\): .*/],
      [["--database", "mysql://x"], /databaseUrl \(flag\): must begin with sqlite: or postgresql:\/\//],
      [
        ["--bootstrap-key", "a:b"],
        /bootstrapKeys \(flag\): must be ID:SECRET:ACCOUNT, the account twelve digits/,
      ],
      [["--registry-names", "both"], /registryNames \(flag\): .*/],
      [["--config", "missing.json"], /.*missing\.json.*/],
    ])("%j is refused in three lines", async (args, why) => {
      const { code, stderr } = await run("start", ...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(threeLines(/The settings (file )?cannot be (used|read)\./, why));
    });
  });

  describe("start", () => {
    test("prints what to export and three commands to try, and serves health", async () => {
      const { url, output } = await start();
      expect(output()).toContain(`export AWS_ENDPOINT_URL=${url}\n`);
      expect(output()).toContain("export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n");
      expect(output().match(/^ {2}aws .+$/gm)).toHaveLength(3);
      const health = await fetch(`${url}/_roadstead/health`);
      expect(health.status).toBe(200);
      expect(await health.json()).toMatchObject({
        status: "ok",
        services: [
          "iam",
          "sts",
          "ecr",
          "cloudformation",
          "cloudtrail",
          "monitoring",
          "application-autoscaling",
          "organizations",
          "events",
          "logs",
          "secretsmanager",
          "kms",
          "ssm",
          "ec2",
          "autoscaling",
          "tagging",
          "route53",
          "servicediscovery",
          "acm",
          "elasticloadbalancing",
          "ecs",
        ],
      });
      expect(await identity(url, "test", "test")).toMatchObject({
        Account: "000000000000",
        Arn: "arn:aws:iam::000000000000:root",
      });
    });

    test.each(["SIGTERM", "SIGINT"] as const)("ends with 0 at %s", async (signal) => {
      const one = await start();
      // A connection that a client keeps open holds nothing up.
      await fetch(`${one.url}/_roadstead/health`, { headers: { connection: "keep-alive" } });
      expect(await one.end(signal)).toEqual({ code: 0, signal: null });
      await expect(fetch(`${one.url}/_roadstead/health`)).rejects.toThrow();
    });

    test("takes port and folder from the environment", async () => {
      const port = await new Promise<number>((resolve) => {
        const probe = createServer().listen(0, "127.0.0.1", () => {
          const address = probe.address();
          probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
        });
      });
      const env = {
        ...home.env,
        ROADSTEAD_PORT: String(port),
        ROADSTEAD_DATA_DIR: home.dataDir,
        ROADSTEAD_DATABASE_URL: `sqlite:${join(home.folder, "elsewhere.db")}`,
        ROADSTEAD_BLOBS_URL: `file:${join(home.folder, "bytes")}`,
      };
      const one = await serve([], env);
      serving.push(one);
      expect(one.url).toBe(`http://127.0.0.1:${port}`);
      expect(one.output()).toContain(home.dataDir);
      await expect(identity(one.url, "123456789012", "test")).resolves.toMatchObject({
        Account: "123456789012",
      });
    });

    test("a port in use is told in three lines", async () => {
      const { url } = await start();
      const { port } = new URL(url);
      const { code, stderr } = await run("start", "--port", port, "--data-dir", join(home.folder, "other"));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        threeLines(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken\\.`), /listens there/),
      );
    });

    test("a database that is not there is told in three lines", async () => {
      const { code, stderr } = await run(
        "start",
        ...["--port", "0", "--data-dir", home.dataDir, "--database", "postgresql://nobody@127.0.0.1:1/none"],
      );
      expect(code).toBe(1);
      expect(stderr).toMatch(threeLines(/The database cannot be reached\./, /ECONNREFUSED/));
    });

    test("a data folder that cannot be made is told in three lines", async () => {
      const file = join(home.folder, "file");
      writeFileSync(file, "");
      const { code, stderr } = await run("start", "--port", "0", "--data-dir", join(file, "data"));
      expect(code).toBe(1);
      expect(stderr).toMatch(threeLines(/The data folder .*\/file\/data cannot be used\./, /ENOTDIR/));
    });
  });

  describe("bootstrap keys", () => {
    test("further root keys work, with their own secrets only", async () => {
      const { url } = await start(
        ...["--bootstrap-key", "HARBOURKEY000001:rope:111111111111"],
        ...["--bootstrap-key", "HARBOURKEY000002:sail:222222222222"],
      );
      expect(await identity(url, "HARBOURKEY000001", "rope")).toMatchObject({
        Arn: "arn:aws:iam::111111111111:root",
      });
      expect(await identity(url, "HARBOURKEY000002", "sail")).toMatchObject({ Account: "222222222222" });
      await expect(identity(url, "HARBOURKEY000001", "sail")).rejects.toMatchObject({
        name: "SignatureDoesNotMatch",
      });
      await expect(identity(url, "HARBOURKEY000003", "rope")).rejects.toMatchObject({
        name: "InvalidClientTokenId",
      });
    });

    test("are refused on an address that others reach", async () => {
      const { code, stderr } = await run(
        "start",
        ...["--port", "0", "--host", "0.0.0.0", "--data-dir", home.dataDir],
        ...["--bootstrap-key", "HARBOURKEY000001:rope:111111111111"],
      );
      expect(code).toBe(1);
      expect(stderr).toMatch(
        threeLines(/Roadstead does not start on 0\.0\.0\.0 with bootstrap keys\./, /loopback only/),
      );
    });
  });

  describe("an address that others reach", () => {
    const open = ["--host", "0.0.0.0"] as const;

    test("is not served while no account has a root key", async () => {
      const { code, stderr } = await run("start", ...open, "--port", "0", "--data-dir", home.dataDir);
      expect(code).toBe(1);
      expect(stderr).toMatch(threeLines(/Roadstead does not start on 0\.0\.0\.0.*/, /loopback only/));
    });

    test("is served once one has: with that key, and without the well-known ones", async () => {
      const made = await run(
        "accounts",
        "create",
        "--account",
        "111111111111",
        "--json",
        "--data-dir",
        home.dataDir,
      );
      const key: { accessKeyId: string; secretAccessKey: string } = JSON.parse(made.stdout);
      const { url, output } = await start(...open);
      expect(output()).not.toContain("AWS_SECRET_ACCESS_KEY=test");
      expect(await identity(url, key.accessKeyId, key.secretAccessKey)).toMatchObject({
        Account: "111111111111",
      });
      for (const id of ["test", "111111111111", "222222222222"]) {
        await expect(identity(url, id, "test"), id).rejects.toMatchObject({ name: "InvalidClientTokenId" });
      }
    });
  });

  describe("accounts create", () => {
    test("prints a root key once, which works from then on", async () => {
      const made = await run(
        "accounts",
        "create",
        "--account",
        "111111111111",
        "--json",
        "--data-dir",
        home.dataDir,
      );
      expect(made.code).toBe(0);
      const key: { account: string; accessKeyId: string; secretAccessKey: string } = JSON.parse(made.stdout);
      expect(key).toMatchObject({
        account: "111111111111",
        accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      });
      const { url, output } = await start();
      expect(output()).not.toContain(key.secretAccessKey);
      expect(await identity(url, key.accessKeyId, key.secretAccessKey)).toMatchObject({
        Arn: "arn:aws:iam::111111111111:root",
      });
    });

    test("refuses what is no account", async () => {
      const { code, stderr } = await run("accounts", "create", "--account", "12", "--data-dir", home.dataDir);
      expect(code).toBe(1);
      expect(stderr).toMatch(threeLines(/The account cannot be made\./, /'12' is not twelve digits/));
    });
  });

  describe("explain", () => {
    test("shows the statement that decided a refused call", async () => {
      const { url } = await start();
      const user = await userParty(
        rootParty(url, "111111111111"),
        "sailor",
        { Sid: "Look", Effect: "Allow", Action: "ecr:Describe*", Resource: "*" },
        { Sid: "NotThere", Effect: "Deny", Action: "ecr:CreateRepository", Resource: "*" },
      );
      const refusal = await user.ecr
        .send(new CreateRepositoryCommand({ repositoryName: "app" }))
        .catch((error: { $metadata?: { requestId?: string } }) => error);
      const requestId = "$metadata" in refusal ? (refusal.$metadata?.requestId ?? "") : "";
      const { code, stdout } = await run("explain", requestId, "--endpoint", url);
      expect(code).toBe(0);
      expect(stdout).toContain("ecr:CreateRepository: denied, at ");
      expect(stdout).toContain("arn:aws:iam::111111111111:user/sailor ecr:CreateRepository on");
      expect(stdout).toContain("Deny statement NotThere of ");
      const json: { verdicts: object[] }[] = JSON.parse(
        (await run("explain", requestId, "--endpoint", url, "--json")).stdout,
      );
      expect(json[0]?.verdicts[0]).toMatchObject({
        action: "ecr:CreateRepository",
        deciding: [{ sid: "NotThere" }],
      });
    });

    test("says when nothing is known or nobody answers", async () => {
      const { url } = await start();
      const unknown = await run("explain", "no-such-id", "--endpoint", url);
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toMatch(threeLines(/No decision of request no-such-id is known\./, /newest/));
      const nobody = await run("explain", "no-such-id", "--endpoint", "http://127.0.0.1:1");
      expect(nobody.code).toBe(1);
      expect(nobody.stderr).toMatch(threeLines(/No Roadstead answers at http:\/\/127\.0\.0\.1:1\./, /.+/));
    });
  });

  describe("doctor", () => {
    test("is content with a free port", async () => {
      const { code, stdout } = await run("doctor", "--json", "--port", "0", "--data-dir", home.dataDir);
      expect(code).toBe(0);
      const findings: { check: string; ok: boolean; found: string }[] = JSON.parse(stdout);
      expect(findings.map(({ check }) => check)).toEqual([
        "node",
        "port",
        "data folder",
        "registry names",
        "docker",
        "security groups",
        "load balancers",
      ]);
      expect(findings.find(({ check }) => check === "registry names")?.found).toMatch(
        /^(subdomain|path) form in use/,
      );
    });

    test("finds a port that is taken and prints the cure", async () => {
      const { url } = await start();
      const { port } = new URL(url);
      const { code, stdout } = await run("doctor", "--port", port, "--data-dir", home.dataDir);
      expect(code).toBe(1);
      expect(stdout).toContain(`FIX  port: 127.0.0.1:${port} is taken\n       cure: `);
    });
  });

  describe("the reset route", () => {
    const reset = (url: string, contentType = "application/json") =>
      fetch(`${url}/_roadstead/reset`, { method: "POST", headers: { "content-type": contentType } });

    test("is refused for a folder that is kept", async () => {
      const { url } = await start();
      const response = await reset(url);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({
        error: "AccessDenied",
        message: expect.stringContaining("--allow-reset"),
      });
    });

    test.each(["--allow-reset", "a temporary folder"])("empties everything with %s", async (how) => {
      const { url } =
        how === "--allow-reset"
          ? await start("--allow-reset")
          : await start("--data-dir", join(home.folder, "tmp", "data"));
      const root = rootParty(url, "111111111111");
      await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
      await push(root, "app", "v1");
      const user = await userParty(root, "sailor");
      // Only what no web page can send.
      expect((await reset(url, "text/plain")).status).toBe(415);
      expect((await fetch(`${url}/_roadstead/reset`)).status).toBe(404);
      expect((await root.ecr.send(new DescribeRepositoriesCommand({}))).repositories).toHaveLength(1);
      const done = await reset(url);
      expect(done.status).toBe(200);
      expect(await done.json()).toEqual({ reset: true });
      expect((await root.ecr.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
      await expect(user.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
        name: "InvalidClientTokenId",
      });
      await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
      expect(await push(root, "app", "v1")).toMatch(/^sha256:/);
    });
  });

  test("two run side by side and know nothing of each other", async () => {
    const one = await start();
    const other = await serve(["--port", "0", "--data-dir", join(home.folder, "other")], home.env);
    serving.push(other);
    const [here, there] = [one, other].map(({ url }) => rootParty(url, "111111111111"));
    await here?.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    const asked = await there?.ecr.send(new DescribeRepositoriesCommand({}));
    expect(asked?.repositories).toEqual([]);
    expect(await one.end("SIGTERM")).toMatchObject({ code: 0 });
    expect((await fetch(`${other.url}/_roadstead/health`)).status).toBe(200);
  });

  test("a restart keeps state, keys and logins", async () => {
    const first = await start();
    const root = rootParty(first.url, "111111111111");
    await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    const digest = await push(root, "app", "v1");
    const user = await userParty(root, "sailor", { Effect: "Allow", Action: "ecr:*", Resource: "*" });
    const credentials = await user.ecr.config.credentials();
    expect(await first.end("SIGTERM")).toEqual({ code: 0, signal: null });

    const second = await start();
    const again = partyOf({ endpoint: second.url, region: "us-east-1", credentials }, "111111111111");
    expect(await push(again, "app", "v2", "v1")).toBe(digest);
    expect(await settled(again, "app", digest)).toEqual({});
  });

  test("a web page cannot drive it", async () => {
    const { url } = await start("--allow-reset");
    const { port } = new URL(url);
    const foreign: readonly Record<string, string>[] = [
      { origin: "http://harbour.example" },
      { "sec-fetch-site": "cross-site" },
      { host: `harbour.example:${port}` },
    ];
    for (const headers of foreign) {
      const { status } = await rawGet(Number(port), "/_roadstead/health", headers);
      expect(status, JSON.stringify(headers)).toBe(403);
    }
    expect((await rawGet(Number(port), "/_roadstead/health", {})).status).toBe(200);
  });

  test("the demo plays to its summary", async () => {
    const { code, stdout, stderr } = await roadstead(["demo", "--no-docker"], home.env, 50_000);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const summary = stdout.slice(stdout.indexOf("What you saw"));
    expect(summary.match(/^\d\. /gm)).toHaveLength(6);
    expect(summary.split("\n").length).toBeLessThan(24);
    expect(summary).toContain("✓ AWSServiceRoleForECRReplication was made by the first configuration");
  });
});

/** A request whose headers are all its own: `fetch` would set some of them itself. */
async function rawGet(port: number, path: string, headers: Readonly<Record<string, string>>) {
  return await new Promise<{ status: number }>((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers }, (response) => {
      response.resume().once("end", () => resolve({ status: response.statusCode ?? 0 }));
    })
      .once("error", reject)
      .end();
  });
}
