"""EventBridge and CloudWatch Logs through boto3: from an event to a line, paginators, and typed exceptions.

Everything it makes is in one account; the endpoint and keys come from the environment.
"""

import json
import time
import unittest

import boto3

ACCOUNT = "111111111111"
GROUP = "/aws/events/orders"
GROUP_ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}"

events = boto3.client("events", region_name="us-east-1")
logs = boto3.client("logs", region_name="us-east-1")


class Events(unittest.TestCase):
    def test_event_becomes_line(self):
        logs.create_log_group(logGroupName=GROUP, tags={"team": "shop"})
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{GROUP_ARN}:*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        logs.put_resource_policy(policyName="events", policyDocument=policy)
        bus = events.create_event_bus(Name="shop")["EventBusArn"]
        self.assertEqual(bus, f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/shop")
        pattern = json.dumps({"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}})
        events.put_rule(Name="orders", EventBusName="shop", EventPattern=pattern)
        put = events.put_targets(Rule="orders", EventBusName="shop", Targets=[{"Id": "log", "Arn": GROUP_ARN}])
        self.assertEqual(put["FailedEntryCount"], 0)
        entries = [
            {"EventBusName": "shop", "Source": "shop", "DetailType": "Order", "Detail": json.dumps({"total": total})}
            for total in (5, 50)
        ]
        sent = events.put_events(Entries=entries)
        self.assertEqual(sent["FailedEntryCount"], 0)
        lines = []
        until = time.monotonic() + 20
        while not lines and time.monotonic() < until:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP)
            lines = [json.loads(line["message"]) for page in pages for line in page["events"]]
        self.assertEqual([line["detail"]["total"] for line in lines], [50])
        self.assertEqual(lines[0]["id"], sent["Entries"][1]["EventId"])
        self.assertTrue(events.test_event_pattern(EventPattern=pattern, Event=json.dumps(lines[0]))["Result"])

    def test_paginators(self):
        for number in range(5):
            events.put_rule(Name=f"page-{number}", ScheduleExpression="rate(1 day)", State="DISABLED")
        pages = events.get_paginator("list_rules").paginate(NamePrefix="page-", PaginationConfig={"PageSize": 2})
        names = [[rule["Name"] for rule in page["Rules"]] for page in pages]
        self.assertEqual([len(page) for page in names], [2, 2, 1])
        self.assertEqual(sum(names, []), [f"page-{number}" for number in range(5)])

    def test_typed_exceptions(self):
        with self.assertRaises(events.exceptions.ResourceNotFoundException):
            events.describe_rule(Name="none")
        with self.assertRaises(events.exceptions.InvalidEventPatternException):
            events.put_rule(Name="bad", EventPattern='{"source":"shop"}')
        events.create_event_bus(Name="twice")
        with self.assertRaises(events.exceptions.ResourceAlreadyExistsException):
            events.create_event_bus(Name="twice")


class Logs(unittest.TestCase):
    def test_streams_and_lines(self):
        logs.create_log_group(logGroupName="app")
        for name in ("a", "b", "c"):
            logs.create_log_stream(logGroupName="app", logStreamName=name)
        pages = logs.get_paginator("describe_log_streams").paginate(
            logGroupName="app", PaginationConfig={"PageSize": 2}
        )
        self.assertEqual([s["logStreamName"] for page in pages for s in page["logStreams"]], ["a", "b", "c"])
        now = int(time.time() * 1000)
        lines = [{"timestamp": now + number, "message": f"line {number}"} for number in range(4)]
        self.assertNotIn("rejectedLogEventsInfo", logs.put_log_events(logGroupName="app", logStreamName="a", logEvents=lines))
        page = logs.get_log_events(logGroupName="app", logStreamName="a", startFromHead=True, limit=3)
        self.assertEqual([line["message"] for line in page["events"]], ["line 0", "line 1", "line 2"])
        token = page["nextForwardToken"]
        page = logs.get_log_events(logGroupName="app", logStreamName="a", nextToken=token)
        self.assertEqual([line["message"] for line in page["events"]], ["line 3"])
        logs.put_retention_policy(logGroupName="app", retentionInDays=7)
        groups = logs.describe_log_groups(logGroupNamePrefix="app")["logGroups"]
        self.assertEqual([group["retentionInDays"] for group in groups], [7])

    def test_typed_exceptions(self):
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):
            logs.get_log_events(logGroupName="none", logStreamName="none")
        logs.create_log_group(logGroupName="once")
        with self.assertRaises(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName="once")
        with self.assertRaises(logs.exceptions.InvalidParameterException):
            logs.put_retention_policy(logGroupName="once", retentionInDays=2)


if __name__ == "__main__":
    unittest.main()
