import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idOfZone } from "../../console/src/route53/zone.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noBrowser, signedIn, startBrowser } from "./browser.ts";

/** Records of a zone at Route 53's quota; two of them, NS and SOA, come with the zone. */
const most = 10_000;
/** Records of one change. */
const ofChange = 1_000;
const pageSize = 25;

let roadstead: TestRoadstead;
let browser: Browser;
let zone: string;

/** The body's rows that are in the page, seen or not: what a keystroke costs goes with them. */
const rows = (page: Page) => page.getByRole("table", { name: "Records" }).locator("tbody tr");

describe.skipIf(noBrowser !== undefined)(`a table of 10,000 rows ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    browser = await startBrowser();
    const client = new Route53Client(roadstead.client());
    const made = await client.send(
      new CreateHostedZoneCommand({ Name: "harbour.example", CallerReference: "harbour" }),
    );
    zone = idOfZone(made.HostedZone?.Id);
    const changes = Array.from(
      { length: most - 2 },
      (_, index): Change => ({
        Action: "CREATE",
        ResourceRecordSet: {
          Name: `berth-${index}.harbour.example`,
          Type: "A",
          TTL: index,
          ResourceRecords: [{ Value: `10.0.${index >> 8}.${index & 255}` }],
        },
      }),
    );
    for (let from = 0; from < changes.length; from += ofChange) {
      const ChangeBatch = { Changes: changes.slice(from, from + ofChange) };
      await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch }));
    }
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("is filtered, sorted and turned over; no more than a page of it is ever drawn", async () => {
    const { page, context, troubles } = await signedIn(
      browser,
      `${roadstead.url}/route53/hosted-zones/${zone}`,
    );
    // Some thirty answers of 300 records.
    await page.getByText("(10000)", { exact: true }).waitFor({ timeout: 45_000 });
    expect(await rows(page).count()).toBe(pageSize);

    const filter = page.getByRole("searchbox", { name: "Filter records" });
    await filter.pressSequentially("berth-777");
    await page.getByText("11 matches").first().waitFor();
    expect(await rows(page).count()).toBe(11);
    await filter.fill("");
    expect(await rows(page).count()).toBe(pageSize);

    // As people count: berth-2 before berth-10. The zone's own records, NS and SOA, come after all berths.
    const byName = page.getByRole("button", { name: "Record name" });
    await byName.click();
    await expect.poll(() => rows(page).nth(2).textContent()).toContain("berth-2.");
    await byName.click();
    await expect.poll(() => rows(page).nth(2).textContent()).toContain("berth-9997.");
    await page.getByRole("button", { name: "Next page" }).click();
    await expect.poll(() => rows(page).first().textContent()).toContain("berth-9974.");
    expect(await rows(page).count()).toBe(pageSize);
    expect(troubles).toEqual([]);
    await context.close();
  }, 60_000);
});
