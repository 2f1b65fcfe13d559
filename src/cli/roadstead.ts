import * as modules from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command, CommanderError } from "commander";
import { version } from "../main/version.ts";
import { Trouble } from "./trouble.ts";

const here = dirname(fileURLToPath(import.meta.url));
const built = !import.meta.url.endsWith(".ts");

/** The project's `data` folder, beside `src` and `dist`. */
const dataDirectory = join(here, built ? "../data" : "../../data");

// What Node.js has compiled of the bundle it keeps beside it, where it can (from release 22.8) and may write there.
const enableCompileCache: unknown = Reflect.get(modules, "enableCompileCache");
if (built && typeof enableCompileCache === "function") enableCompileCache(join(here, "compiled"));

// The SDK's notice about its own future Node.js versions is for those who build on it: our `engines` field answers it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const program = new Command("roadstead")
  .description("IAM service-linked roles, ECR and their neighbours on your own machine.")
  .version(version)
  .showHelpAfterError()
  .exitOverride();

function settingFlags(command: Command): Command {
  return command
    .option("--port <n>", "port to listen on (ROADSTEAD_PORT)")
    .option(
      "--host <address>",
      "address to listen on; well-known keys work on loopback only (ROADSTEAD_HOST)",
    )
    .option(
      "--dns-port <n>",
      "port on which names are answered; a free one, unless given (ROADSTEAD_DNS_PORT)",
    )
    .option(
      "--dns-forwarder <address>",
      "whom tasks' questions for other names are asked of, or none; the host's resolvers, unless given (repeatable)",
      collect,
    )
    .option("--data-dir <dir>", "folder that keeps all state (ROADSTEAD_DATA_DIR)")
    .option("--database <url>", "sqlite:<path> or postgresql://… (ROADSTEAD_DATABASE_URL)")
    .option("--blobs <url>", "file:<dir> or s3://<bucket>/<prefix>?endpoint=… (ROADSTEAD_BLOBS_URL)")
    .option(
      "--blob-encryption <on|off>",
      "whether what is pushed to AES256 repositories is encrypted with the data folder's key file; on, unless --blob-downloads lets another send it (ROADSTEAD_BLOB_ENCRYPTION)",
    )
    .option(
      "--blob-downloads <way>",
      "served; redirect, to S3; or X-Accel-Redirect=/prefix/, X-Sendfile=/folder/, by the proxy in front",
    )
    .option("--domain <name>", "domain of registry names (ROADSTEAD_DOMAIN)")
    .option("--registry-names <form>", "auto, subdomain or path (ROADSTEAD_REGISTRY_NAMES)")
    .option("--tls-certificate <file>", "PEM: serve TLS with this certificate and its chain")
    .option("--tls-key <file>", "PEM: the certificate's private key")
    .option("--front <scheme[:port]>", "how clients reach the proxy in front: https, https:8443, http:8080")
    .option(
      "--trusted-proxy <address>",
      "a proxy, or a CIDR block of them, whose X-Forwarded-For and -Proto count (repeatable; ROADSTEAD_TRUSTED_PROXIES)",
      collect,
    )
    .option(
      "--registry-dialect <rule>",
      "ecr or oci, or <account>[.<region>]=oci: whose ways /v2/ has (repeatable; ROADSTEAD_REGISTRY_DIALECTS)",
      collect,
    )
    .option("--allowed-host <name>", "a further name clients may use in Host (repeatable)", collect)
    .option("--bootstrap-key <ID:SECRET:ACCOUNT>", "a further root key, loopback only (repeatable)", collect)
    .option("--allow-reset", "serve POST /_roadstead/reset, which empties all state")
    .option("--allow-clock", "serve POST /_roadstead/clock, which moves time forward")
    .option("--allow-private-egress", "call addresses that users name at private addresses too")
    .option(
      "--pull-through-upstream <url>",
      "a registry that pull through cache may use, or any (repeatable)",
      collect,
    )
    .option(
      "--pull-through-mirror <host=url>",
      "a place that stands for an upstream registry (repeatable)",
      collect,
    )
    .option("--ecs-runtime <runtime>", "what runs tasks: docker, memory or none")
    .option(
      "--ecs-healthy-after <seconds>",
      "how long a task without health checks runs before it counts as healthy",
    )
    .option("--docker-host <address>", "the Docker Engine, instead of DOCKER_HOST or its usual socket")
    .option("--host-mount <folder>", "a folder that tasks may mount (repeatable)", collect)
    .option("--allow-privileged", "let containers be privileged")
    .option("--allow-host-namespaces", "let tasks use the host's network, processes and devices")
    .option("--file-system <id=folder>", "a folder that stands for an EFS file system (repeatable)", collect)
    .option(
      "--bucket-folder <bucket=place>",
      "where the environment files of an S3 bucket are: /folder or s3://bucket/prefix?endpoint=… (repeatable)",
      collect,
    )
    .option("--config <file>", "JSON file with settings")
    .option("--log-format <form>", "text or json")
    .option("--log-level <level>", "debug, info, warn, error or silent");
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

settingFlags(
  program.command("start", { isDefault: true }).description("serve in the foreground until SIGTERM"),
).action(async (flags) => (await import("./start.ts")).start(flags, dataDirectory));
program
  .command("demo")
  .description("play a story against a fresh temporary state: ecr (images replicate) or ecs (containers run)")
  .addArgument(new Argument("[story]", "which").choices(["ecr", "ecs"]).default("ecr"))
  .option("--no-docker", "carry images with Roadstead's own OCI client even when docker is there")
  .action(async (story, options) => (await import("./demo/demo.ts")).demo(story, options, dataDirectory));
settingFlags(
  program.command("doctor").description("check port, docker, names and data folder; print the cure"),
)
  .option("--json", "print JSON")
  .action(async (flags) => (await import("./doctor.ts")).doctor(flags));
const accounts = program.command("accounts").description("root keys of accounts");
settingFlags(
  accounts.command("create").description("make a root access key of an account; it is printed once"),
)
  .requiredOption("--account <id>", "twelve digits")
  .option("--json", "print JSON")
  .action(async (flags) => (await import("./accounts.ts")).createAccount(flags, dataDirectory));
settingFlags(program.command("config").description("print every setting and where it came from"))
  .option("--json", "print JSON")
  .action(async (flags) => (await import("./config.ts")).printConfig(flags));
program
  .command("explain <request-id>")
  .description("show every decision of a recent call: the statements that decided, the context keys")
  .option("--endpoint <url>", "a running Roadstead", process.env.AWS_ENDPOINT_URL ?? "http://127.0.0.1:4566")
  .option("--json", "print JSON")
  .action(async (requestId, options) => (await import("./explain.ts")).explain(requestId, options));
const regions = program.command("regions").description("regions that another Roadstead serves");
function siteFlags(command: Command): Command {
  return command
    .option(
      "--endpoint <url>",
      "the running Roadstead to tell",
      process.env.AWS_ENDPOINT_URL ?? "http://127.0.0.1:4566",
    )
    .option("--admin-token <token>", "needed from anywhere but loopback", process.env.ROADSTEAD_ADMIN_TOKEN)
    .option("--json", "print JSON");
}
siteFlags(regions.command("add <region> <url>").description("replicate to this region at another Roadstead"))
  .option("--key <key>", "the key that the other site issued")
  .option("--key-file <file>", "a file that holds it")
  .option("--ca <file>", "PEM of the authority that vouches for the other site")
  .option("--allow-plain-http", "let the link be plain HTTP to another machine")
  .action(async (region, url, options) => (await import("./regions.ts")).addRegion(region, url, options));
siteFlags(
  regions.command("list").description("print the regions of other sites, and the keys issued to others"),
).action(async (options) => (await import("./regions.ts")).listRegions(options));
siteFlags(regions.command("remove <region>").description("serve replication to a region here again")).action(
  async (region, options) => (await import("./regions.ts")).removeRegion(region, options),
);
siteFlags(
  regions.command("issue-key <name>").description("make a key for a site that replicates to this one"),
)
  .requiredOption("--account <id>", "an account whose role the site may present (repeatable)", collect)
  .action(async (name, options) => (await import("./regions.ts")).issueKey(name, options));
siteFlags(regions.command("revoke-key <id>").description("make a key worthless")).action(
  async (id, options) => (await import("./regions.ts")).revokeKey(id, options),
);
program
  .command("agent")
  .description(
    "join this host's Docker Engine to a cluster: as the EC2 instance that its metadata service says, or --external",
  )
  .requiredOption("--endpoint <url>", "where this host and its containers reach Roadstead")
  .option("--cluster <name>", "the cluster to join", "default")
  .option("--region <region>", "the cluster's region; the instance's, or us-east-1, by default")
  .option("--external", "a host outside of AWS, by the keys of the AWS_… variables")
  .option("--attribute <name=value>", "an attribute of the container instance (repeatable)", collect, [])
  .option("--data-dir <dir>", "folder that keeps the agent's state; ~/.roadstead-agent by default")
  .option("--docker-host <url>", "unix:// or tcp://, the Docker Engine; DOCKER_HOST by default")
  .option("--reserved-memory <mib>", "memory that tasks do not get", "256")
  .option("--host-mounts <dir>", "a folder that host volumes may lie in (repeatable)", collect, [])
  .option("--allow-privileged", "run privileged containers")
  .option("--allow-host-namespaces", "run containers in the host's network and process namespaces")
  .action(async (flags) => (await import("./agent.ts")).agent(flags, dataDirectory));
program
  .command("metadata")
  .description("make this machine an EC2 instance and serve its metadata, for agents and SDKs")
  .requiredOption("--endpoint <url>", "where this machine reaches Roadstead")
  .option("--join <token>", "needed once: what the console of a waiting instance says")
  .option("--listen <address:port>", "where the metadata is served", "169.254.169.254:80")
  .option("--data-dir <dir>", "folder that keeps this machine's key; ~/.roadstead-instance by default")
  .action(async (flags) => (await import("./metadata.ts")).metadata(flags));
const compose = program.command("compose").description("run what a Compose file says, as services of ECS");
function composeFlags(command: Command): Command {
  return command
    .option("-f, --file <file>", "the Compose file; compose.yaml or docker-compose.yaml, by default")
    .option("-p, --project-name <name>", "what the project is called; what the file says, or its folder")
    .option(
      "--endpoint <url>",
      "a running Roadstead",
      process.env.AWS_ENDPOINT_URL ?? "http://127.0.0.1:4566",
    )
    .option("--admin-token <token>", "needed from anywhere but loopback", process.env.ROADSTEAD_ADMIN_TOKEN)
    .option("--json", "print JSON");
}
composeFlags(compose.command("up").description("make it, or change what is there, and wait for it")).action(
  async (flags) => (await import("./compose/compose.ts")).composeUp(flags),
);
composeFlags(compose.command("ps").description("print its tasks")).action(async (flags) =>
  (await import("./compose/compose.ts")).composePs(flags),
);
composeFlags(compose.command("logs [service...]").description("print what its services wrote"))
  .option("--follow", "go on with what they write until interrupted")
  .action(async (services, flags) => (await import("./compose/compose.ts")).composeLogs(services, flags));
composeFlags(compose.command("down").description("take all of it away")).action(async (flags) =>
  (await import("./compose/compose.ts")).composeDown(flags),
);
const scanDb = program.command("scan-db").description("vulnerability data that images are scanned against");
settingFlags(
  scanDb
    .command("import <source...>")
    .description("replace the data with the OSV entries of zip files and folders"),
)
  .option("--json", "print JSON")
  .action(async (sources, flags) => (await import("./scan-db.ts")).importScanDatabase(sources, flags));
settingFlags(scanDb.command("status").description("print what data is installed"))
  .option("--json", "print JSON")
  .action(async (flags) => (await import("./scan-db.ts")).scanDatabaseStatus(flags));
const registry = program.command("registry").description("what the container registry keeps");
settingFlags(
  registry
    .command("verify")
    .description("hash every blob and manifest, hold rows and bytes against each other, and report"),
)
  .option("--repository <name>", "only the repositories of that name, and their layers")
  .option("--endpoint <url>", "the Roadstead that serves the folder: it reads what lies under KMS keys")
  .option("--json", "print JSON")
  .action(async (flags) => (await import("./registry.ts")).verify(flags));
settingFlags(
  registry
    .command("encrypt")
    .description(
      "encrypt the blobs of AES256 repositories that lie as they came, one by one, while others read them",
    ),
)
  .option("--json", "print JSON")
  .action(async (flags) => (await import("./registry-encrypt.ts")).encrypt(flags));
const policy = program.command("policy").description("make and check IAM policies");
policy
  .command("generate")
  .description("print the smallest policy that would have allowed what the audit trail recorded")
  .requiredOption("--principal <arn>", "a user, a role or one session")
  .option("--since <length>", "90m, 1h, 2d; everything the trail keeps unless given")
  .option("--region <name>", "a region to look at (repeatable); all unless given", collect)
  .option("--endpoint <url>", "a running Roadstead", process.env.AWS_ENDPOINT_URL ?? "http://127.0.0.1:4566")
  .action(async (options) => (await import("./policy.ts")).generate(options, dataDirectory));
policy
  .command("check <file>")
  .description(
    "find what is malformed, unknown or can never match in a policy document (- for standard input)",
  )
  .option(
    "--kind <kind>",
    "identity, managed, resource, trust, scp or session; seen from the document unless given",
  )
  .option("--json", "print JSON")
  .action(async (file, options) => (await import("./policy.ts")).check(file, options, dataDirectory));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof Trouble) {
    process.stderr.write(`${error.message}\n  why: ${error.why}\n  try: ${error.cure}\n`);
    process.exitCode = 1;
  } else throw error;
}
