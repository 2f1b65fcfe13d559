import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Where Debian and others put Chromium; `CHROMIUM` names another. */
const programs = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = programs.find((path) => path !== undefined && existsSync(path));

const built = existsSync(
  join(fileURLToPath(new URL("../..", import.meta.url)), "dist", "console", "index.html"),
);

/** Why the tests in a browser are skipped here; `undefined` when they can run. */
export const noBrowser =
  executablePath === undefined
    ? "skipped: no Chromium (set CHROMIUM to its path)"
    : built
      ? undefined
      : "skipped: the console is not built (npm run build)";

/** Starts Chromium. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** A page with a fresh session, and what went wrong on it: errors, breaches of the policy, failed loads. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly troubles: string[];
}

/** Opens a page of a given width. */
export async function visit(browser: Browser, width = 1280): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refused call is what the page shows, not a trouble of the page; nor is a network of the machine that comes or
    // goes (Docker makes some).
    const isExpected = /status of 4\d\d|ERR_NETWORK_CHANGED/.test(message.text());
    if (message.type() === "error" && !isExpected) troubles.push(message.text());
  });
  return { page, context, troubles };
}

/** Signs in with an access key. */
export async function signIn(page: Page, accessKeyId: string, secretAccessKey: string): Promise<void> {
  await page.getByLabel("Access key ID").fill(accessKeyId);
  await page.getByLabel("Secret access key").fill(secretAccessKey);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Opens an address and signs in as the root of the default account. */
export async function signedIn(browser: Browser, url: string, width?: number): Promise<Visit> {
  const visited = await visit(browser, width);
  // Clicks wait for what they click; a page that lacks it should say so soon.
  visited.page.setDefaultTimeout(10_000);
  await visited.page.goto(url);
  await signIn(visited.page, "test", "test");
  return visited;
}
