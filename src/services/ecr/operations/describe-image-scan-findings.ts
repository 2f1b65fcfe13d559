import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage } from "../../../kernel/page.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { invalidToken } from "../faults.ts";
import { needDigest } from "../images/images.ts";
import { defaultPage, readAfter } from "../images/list-images.ts";
import { columnsOf, needRepository } from "../repositories/repository.ts";
import { describeScanStatus, describeScanSummary, findScan, scanNotFound } from "../scanning/scans.ts";
import type { ScanTables } from "../scanning/store.ts";

/** What the last scan of an image found, the gravest first. */
export const describeImageScanFindings: ReadOperation<typeof ecr, "DescribeImageScanFindings"> = {
  name: "DescribeImageScanFindings",
  authorise: onRepository("ecr:DescribeImageScanFindings"),
  async read(ctx, input) {
    const { rows } = ctx;
    const repository = await needRepository(rows, repositoryOf(input, ctx));
    const digest = await needDigest(rows, repository, input.imageId);
    const scan = await findScan(rows, repository, digest);
    if (scan === undefined) throw scanNotFound(repository, input.imageId);
    const answer = {
      registryId: repository.account,
      repositoryName: repository.name,
      imageId: { imageDigest: digest, imageTag: input.imageId.imageTag },
      imageScanStatus: describeScanStatus(scan),
    };
    const summary = describeScanSummary(scan);
    if (summary === undefined) return answer;

    const [after] = readAfter(input.nextToken, 1) ?? ["-1"];
    if (!/^-?\d{1,9}$/.test(after ?? "")) throw invalidToken();
    const limit = input.maxResults ?? defaultPage;
    const found = await rows
      .tables<ScanTables>()
      .selectFrom("ecr_scan_finding")
      .select(["place", "document"])
      .where((row) => row.and({ ...columnsOf(repository), digest }))
      .where("place", ">", Number(after))
      .orderBy("place")
      .limit(limit + 1)
      .execute();
    const page = cutPage(found, limit, ({ place }) => [String(place)]);
    const findings = page.rows.map(({ document }) => JSON.parse(document) as ecr.ImageScanFinding);
    return { ...answer, imageScanFindings: { ...summary, findings }, nextToken: page.next };
  },
};
