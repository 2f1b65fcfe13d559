"""What boto3 expects of Roadstead, as unittest cases. The endpoint and keys come from the environment."""

import base64
import datetime
import hashlib
import json
import unittest
import urllib.error
import urllib.request
from unittest import mock

import boto3
import botocore.auth
import botocore.config
import botocore.exceptions

ACCOUNT = "111111111111"
REGION = "us-east-1"
ONCE = botocore.config.Config(retries={"max_attempts": 1, "mode": "standard"})


def client(service, **keys):
    """A client that tries once, as the account's root unless keys are given."""
    return boto3.client(service, region_name=REGION, config=ONCE, **keys)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def keys_of(credentials):
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials.get("SessionToken"),
    }


class Story(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ecr, cls.iam, cls.sts, cls.trail = map(client, ("ecr", "iam", "sts", "cloudtrail"))

    def user(self, name, *statements):
        """A user with one inline policy; answers keyword arguments for clients."""
        self.iam.create_user(UserName=name)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
        return keys_of(self.iam.create_access_key(UserName=name)["AccessKey"])

    def refused(self, code, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        error = caught.exception.response
        self.assertEqual(code, error["Error"]["Code"], error)
        self.assertLess(error["ResponseMetadata"]["HTTPStatusCode"], 500)
        self.assertTrue(error["ResponseMetadata"]["RequestId"])
        return error


class TypedExceptions(Story):
    def test_ecr(self):
        with self.assertRaises(self.ecr.exceptions.RepositoryNotFoundException) as caught:
            self.ecr.describe_repositories(repositoryNames=["missing"])
        self.assertEqual(
            f"The repository with name 'missing' does not exist in the registry with id '{ACCOUNT}'",
            caught.exception.response["Error"]["Message"],
        )
        with self.assertRaises(self.ecr.exceptions.RegistryPolicyNotFoundException):
            self.ecr.get_registry_policy()
        self.ecr.create_repository(repositoryName="typed")
        with self.assertRaises(self.ecr.exceptions.RepositoryAlreadyExistsException):
            self.ecr.create_repository(repositoryName="typed")
        with self.assertRaises(self.ecr.exceptions.RepositoryPolicyNotFoundException):
            self.ecr.get_repository_policy(repositoryName="typed")
        with self.assertRaises(self.ecr.exceptions.ImageNotFoundException):
            self.ecr.describe_images(repositoryName="typed", imageIds=[{"imageTag": "none"}])
        with self.assertRaises(self.ecr.exceptions.InvalidParameterException):
            self.ecr.create_repository(repositoryName="Typed")

    def test_iam(self):
        with self.assertRaises(self.iam.exceptions.NoSuchEntityException) as caught:
            self.iam.get_role(RoleName="missing")
        self.assertEqual(
            "The role with name missing cannot be found.", caught.exception.response["Error"]["Message"]
        )
        self.assertEqual("Sender", caught.exception.response["Error"]["Type"])
        with self.assertRaises(self.iam.exceptions.MalformedPolicyDocumentException):
            self.iam.create_policy(PolicyName="p", PolicyDocument="{}")
        self.iam.create_group(GroupName="typed")
        with self.assertRaises(self.iam.exceptions.EntityAlreadyExistsException):
            self.iam.create_group(GroupName="typed")
        self.iam.put_group_policy(GroupName="typed", PolicyName="p", PolicyDocument=policy(allow("s3:*")))
        with self.assertRaises(self.iam.exceptions.DeleteConflictException):
            self.iam.delete_group(GroupName="typed")
        with self.assertRaises(self.iam.exceptions.InvalidInputException):
            self.iam.create_service_linked_role(AWSServiceName="nobody.amazonaws.com")

    def test_policy_documents_come_back_as_objects(self):
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Plus",
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        self.iam.create_role(RoleName="objects", AssumeRolePolicyDocument=json.dumps(trust), Path="/a/b/")
        self.assertEqual(trust, self.iam.get_role(RoleName="objects")["Role"]["AssumeRolePolicyDocument"])
        details = self.iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
        self.assertIn(trust, [role["AssumeRolePolicyDocument"] for role in details])


class Paginators(Story):
    def test_every_page_together_is_the_whole(self):
        trust = policy(
            {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
        )
        names = {f"page-{i:02}" for i in range(25)}
        for name in names:
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Path="/pages/")
            self.ecr.create_repository(repositoryName=name)

        rows = (
            (self.iam, "list_roles", {"PathPrefix": "/pages/"}, "Roles", "RoleName"),
            (self.ecr, "describe_repositories", {}, "repositories", "repositoryName"),
        )
        for service, operation, arguments, key, member in rows:
            with self.subTest(operation):
                pages = list(service.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 7}))
                found = [item[member] for page in pages for item in page[key] if item[member] in names]
                self.assertEqual(sorted(names), sorted(found))
                self.assertGreaterEqual(len(pages), 4)
                self.assertLessEqual(max(len(page[key]) for page in pages), 7)

        lookup = self.trail.get_paginator("lookup_events").paginate(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateRole"}],
            PaginationConfig={"PageSize": 10},
        )
        events = [json.loads(event["CloudTrailEvent"]) for page in lookup for event in page["Events"]]
        created = [(event.get("requestParameters") or {}).get("roleName") for event in events]
        self.assertEqual(sorted(names), sorted(name for name in created if name in names))
        times = [event["eventTime"] for event in events]
        self.assertEqual(sorted(times, reverse=True), times)

    def test_a_resumed_pagination_goes_on_where_it_stopped(self):
        for i in range(5):
            self.iam.create_user(UserName=f"resumed-{i}", Path="/resumed/")
        paginator = self.iam.get_paginator("list_users")
        config = {"MaxItems": 3, "PageSize": 2}
        first = paginator.paginate(PathPrefix="/resumed/", PaginationConfig=config).build_full_result()
        config = {"StartingToken": first["NextToken"]}
        rest = paginator.paginate(PathPrefix="/resumed/", PaginationConfig=config).build_full_result()
        names = [user["UserName"] for user in first["Users"] + rest["Users"]]
        self.assertEqual([f"resumed-{i}" for i in range(5)], names)


class Waiters(Story):
    def test_they_end(self):
        fast = {"Delay": 0, "MaxAttempts": 2}
        for name in ("user_exists", "role_exists", "policy_exists", "instance_profile_exists"):
            with self.subTest(name), self.assertRaises(botocore.exceptions.WaiterError):
                argument = {
                    "user_exists": {"UserName": "waited"},
                    "role_exists": {"RoleName": "waited"},
                    "policy_exists": {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/waited"},
                    "instance_profile_exists": {"InstanceProfileName": "waited"},
                }[name]
                self.iam.get_waiter(name).wait(**argument, WaiterConfig=fast)
        self.iam.create_user(UserName="waited")
        self.iam.create_policy(PolicyName="waited", PolicyDocument=policy(allow("s3:*")))
        self.iam.create_instance_profile(InstanceProfileName="waited")
        self.iam.get_waiter("user_exists").wait(UserName="waited", WaiterConfig=fast)
        arn = f"arn:aws:iam::{ACCOUNT}:policy/waited"
        self.iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig=fast)
        self.iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="waited", WaiterConfig=fast)


class Sessions(Story):
    def role(self, name, *statements, conditions=None, actions=("sts:AssumeRole",)):
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": list(actions)}
        if conditions:
            trust["Condition"] = conditions
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust), MaxSessionDuration=7200)
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
        return role["Role"]["Arn"]

    def test_a_session_policy_narrows(self):
        arn = self.role("wide", allow("ecr:*"))
        sts = client("sts", **self.user("narrower", allow("sts:AssumeRole")))
        answer = sts.assume_role(
            RoleArn=arn,
            RoleSessionName="narrow",
            Policy=policy(allow(["ecr:DescribeRepositories", "iam:*"])),
            DurationSeconds=900,
        )
        self.assertEqual(f"arn:aws:sts::{ACCOUNT}:assumed-role/wide/narrow", answer["AssumedRoleUser"]["Arn"])
        self.assertIsInstance(answer["PackedPolicySize"], int)
        left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertAlmostEqual(900, left.total_seconds(), delta=60)
        session = keys_of(answer["Credentials"])
        client("ecr", **session).describe_repositories()
        # What the session policy leaves out, and what the role has not.
        error = self.refused(
            "AccessDeniedException", client("ecr", **session).create_repository, repositoryName="narrow"
        )
        self.assertIn("because no session policy allows the ecr:CreateRepository action", error["Error"]["Message"])
        self.refused("AccessDenied", client("iam", **session).list_users)

        wide = keys_of(sts.assume_role(RoleArn=arn, RoleSessionName="wide")["Credentials"])
        client("ecr", **wide).create_repository(repositoryName="wide")

    def test_tags_and_source_identity_reach_conditions_and_the_trail(self):
        arn = self.role(
            "tagged",
            allow("ecr:CreateRepository", Condition={"StringEquals": {"aws:PrincipalTag/team": "harbour"}}),
            allow("ecr:DeleteRepository", Condition={"StringEquals": {"aws:SourceIdentity": "captain"}}),
            actions=("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"),
        )
        sts = client("sts", **self.user("tagger", allow("sts:*")))
        arguments = {"RoleArn": arn, "RoleSessionName": "tagged"}
        plain = keys_of(sts.assume_role(**arguments)["Credentials"])
        self.refused("AccessDeniedException", client("ecr", **plain).create_repository, repositoryName="tagged")

        answer = sts.assume_role(
            **arguments,
            Tags=[{"Key": "team", "Value": "harbour"}],
            TransitiveTagKeys=["team"],
            SourceIdentity="captain",
        )
        self.assertEqual("captain", answer["SourceIdentity"])
        ecr = client("ecr", **keys_of(answer["Credentials"]))
        ecr.create_repository(repositoryName="tagged")
        ecr.delete_repository(repositoryName="tagged")
        events = self.trail.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}]
        )["Events"]
        records = [json.loads(event["CloudTrailEvent"]) for event in events]
        self.assertIn("captain", [(record.get("requestParameters") or {}).get("sourceIdentity") for record in records])

    def test_an_external_id_is_asked_for(self):
        arn = self.role("partner", conditions={"StringEquals": {"sts:ExternalId": "42"}})
        sts = client("sts", **self.user("partner", allow("sts:AssumeRole")))
        arguments = {"RoleArn": arn, "RoleSessionName": "partner"}
        self.refused("AccessDenied", sts.assume_role, **arguments)
        self.refused("AccessDenied", sts.assume_role, **arguments, ExternalId="41")
        sts.assume_role(**arguments, ExternalId="42")

    def test_sessions_have_limits(self):
        arn = self.role("limited")
        keys = self.user("limited", allow("sts:*"))
        sts = client("sts", **keys)
        arguments = {"RoleArn": arn, "RoleSessionName": "limited"}
        self.refused("ValidationError", sts.assume_role, **arguments, DurationSeconds=7201)
        self.refused("ValidationError", sts.assume_role, **arguments, DurationSeconds=43201)
        session = keys_of(sts.assume_role(**arguments)["Credentials"])
        chained = client("sts", **session)
        self.refused("AccessDenied", chained.assume_role, **arguments)
        token = keys_of(sts.get_session_token()["Credentials"])
        identity = client("sts", **token).get_caller_identity()
        self.assertEqual(f"arn:aws:iam::{ACCOUNT}:user/limited", identity["Arn"])
        federated = sts.get_federation_token(Name="visitor", Policy=policy(allow("sts:GetCallerIdentity")))
        self.assertEqual(f"arn:aws:sts::{ACCOUNT}:federated-user/visitor", federated["FederatedUser"]["Arn"])


class Signatures(Story):
    def test_a_presigned_identity(self):
        url = self.sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
        request = urllib.request.Request(url, headers={"Accept": "application/xml"})
        with urllib.request.urlopen(request) as response:
            self.assertIn(f"<Arn>arn:aws:iam::{ACCOUNT}:root</Arn>", response.read().decode())
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url.replace("GetCallerIdentity", "GetSessionToken"))
        self.assertEqual(403, caught.exception.code)
        self.assertIn("<Code>SignatureDoesNotMatch</Code>", caught.exception.read().decode())

    def test_wrong_keys(self):
        wrong = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "wrong"}
        nobody = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}
        token = {**nobody, "aws_access_key_id": "ASIAIOSFODNN7EXAMPLE", "aws_session_token": "nonsense"}
        rows = (
            ("sts", "get_caller_identity", wrong, "SignatureDoesNotMatch", 403),
            ("iam", "list_users", wrong, "SignatureDoesNotMatch", 403),
            ("ecr", "describe_repositories", wrong, "InvalidSignatureException", 400),
            ("sts", "get_caller_identity", nobody, "InvalidClientTokenId", 403),
            ("iam", "list_users", nobody, "InvalidClientTokenId", 403),
            ("ecr", "describe_repositories", nobody, "UnrecognizedClientException", 400),
            ("cloudtrail", "lookup_events", nobody, "UnrecognizedClientException", 400),
            ("sts", "get_caller_identity", token, "InvalidClientTokenId", 403),
            ("ecr", "describe_repositories", token, "UnrecognizedClientException", 400),
        )
        for service, operation, keys, code, status in rows:
            with self.subTest(f"{service} {code}"):
                error = self.refused(code, getattr(client(service, **keys), operation))
                self.assertEqual(status, error["ResponseMetadata"]["HTTPStatusCode"])

    def test_a_clock_that_is_wrong(self):
        real = botocore.auth.get_current_datetime
        rows = (
            (-20, "iam", "list_users", "SignatureDoesNotMatch", "Signature expired"),
            (20, "iam", "list_users", "SignatureDoesNotMatch", "Signature not yet current"),
            (-20, "ecr", "describe_repositories", "InvalidSignatureException", "Signature expired"),
        )
        for minutes, service, operation, code, words in rows:
            off = datetime.timedelta(minutes=minutes)
            with self.subTest(f"{minutes} {service}"):
                with mock.patch.object(botocore.auth, "get_current_datetime", lambda *a, **k: real(*a, **k) + off):
                    error = self.refused(code, getattr(client(service), operation))
                self.assertIn(words, error["Error"]["Message"])
        with mock.patch.object(
            botocore.auth,
            "get_current_datetime",
            lambda *a, **k: real(*a, **k) + datetime.timedelta(minutes=10),
        ):
            client("iam").list_users()

    def test_a_key_that_was_switched_off(self):
        keys = self.user("off", allow("*"))
        sts = client("sts", **keys)
        sts.get_caller_identity()
        arguments = {"UserName": "off", "AccessKeyId": keys["aws_access_key_id"]}
        self.iam.update_access_key(**arguments, Status="Inactive")
        self.refused("InvalidClientTokenId", sts.get_caller_identity)
        self.iam.update_access_key(**arguments, Status="Active")
        sts.get_caller_identity()
        self.iam.delete_access_key(**arguments)
        self.refused("InvalidClientTokenId", sts.get_caller_identity)


class Layers(Story):
    def test_the_upload_path_of_the_api(self):
        name = {"repositoryName": "layers"}
        self.ecr.create_repository(**name, imageTagMutability="IMMUTABLE", tags=[{"Key": "team", "Value": "harbour"}])
        # AWS: every part but the last is of five megabytes at least.
        layer = hashlib.sha512(b"layer").digest() * (7 * 1024 * 1024 // 64)
        digest = "sha256:" + hashlib.sha256(layer).hexdigest()

        begun = self.ecr.initiate_layer_upload(**name)
        size, upload = begun["partSize"], begun["uploadId"]
        with self.assertRaises(self.ecr.exceptions.InvalidLayerPartException) as caught:
            self.ecr.upload_layer_part(
                **name, uploadId=upload, partFirstByte=1, partLastByte=10, layerPartBlob=layer[1:11]
            )
        self.assertEqual(-1, caught.exception.response["lastValidByteReceived"])
        step = min(size, 5 * 1024 * 1024)
        for first in range(0, len(layer), step):
            part = layer[first : first + step]
            answer = self.ecr.upload_layer_part(
                **name,
                uploadId=upload,
                partFirstByte=first,
                partLastByte=first + len(part) - 1,
                layerPartBlob=part,
            )
            self.assertEqual(first + len(part) - 1, answer["lastByteReceived"])
        wrong = "sha256:" + "0" * 64
        with self.assertRaises(self.ecr.exceptions.InvalidLayerException):
            self.ecr.complete_layer_upload(**name, uploadId=upload, layerDigests=[wrong])
        done = self.ecr.complete_layer_upload(**name, uploadId=upload, layerDigests=[digest])
        self.assertEqual(digest, done["layerDigest"])
        with self.assertRaises(self.ecr.exceptions.UploadNotFoundException):
            self.ecr.complete_layer_upload(**name, uploadId=upload, layerDigests=[digest])
        again = self.ecr.initiate_layer_upload(**name)["uploadId"]
        with self.assertRaises(self.ecr.exceptions.EmptyUploadException):
            self.ecr.complete_layer_upload(**name, uploadId=again, layerDigests=[wrong])

        def availability():
            layers = self.ecr.batch_check_layer_availability(**name, layerDigests=[digest, wrong])["layers"]
            return [one["layerAvailability"] for one in layers]

        # AWS: a layer is available once an image names it.
        self.assertEqual(["UNAVAILABLE", "UNAVAILABLE"], availability())

        def manifest(config):
            return json.dumps(
                {
                    "schemaVersion": 2,
                    "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": {
                        "mediaType": "application/vnd.oci.image.config.v1+json",
                        "digest": config,
                        "size": len(layer),
                    },
                    "layers": [],
                },
                indent=3,
            )

        with self.assertRaises(self.ecr.exceptions.LayersNotFoundException):
            self.ecr.put_image(**name, imageManifest=manifest(wrong), imageTag="v1")
        text = manifest(digest)
        put = self.ecr.put_image(**name, imageManifest=text, imageTag="v1")["image"]
        self.assertEqual("sha256:" + hashlib.sha256(text.encode()).hexdigest(), put["imageId"]["imageDigest"])
        self.assertEqual(["AVAILABLE", "UNAVAILABLE"], availability())
        with self.assertRaises(self.ecr.exceptions.ImageAlreadyExistsException):
            self.ecr.put_image(**name, imageManifest=text, imageTag="v1")
        with self.assertRaises(self.ecr.exceptions.ImageTagAlreadyExistsException):
            self.ecr.put_image(**name, imageManifest=text.replace("\n", "\n "), imageTag="v1")

        got = self.ecr.batch_get_image(**name, imageIds=[{"imageTag": "v1"}, {"imageTag": "v2"}])
        self.assertEqual(text, got["images"][0]["imageManifest"])
        self.assertEqual("ImageNotFound", got["failures"][0]["failureCode"])
        url = self.ecr.get_download_url_for_layer(**name, layerDigest=digest)["downloadUrl"]
        with urllib.request.urlopen(url) as response:
            self.assertEqual(layer, response.read())

    def test_a_login_is_of_the_account(self):
        data = self.ecr.get_authorization_token()["authorizationData"][0]
        user, password = base64.b64decode(data["authorizationToken"]).decode().split(":", 1)
        self.assertEqual("AWS", user)
        self.assertTrue(password)
        left = data["expiresAt"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertAlmostEqual(12 * 3600, left.total_seconds(), delta=120)


if __name__ == "__main__":
    unittest.main()
