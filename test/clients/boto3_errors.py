"""Each error that the models of IAM and STS name and that can be provoked here, caught as the client's own class.

Prints one JSON object: what was caught for each row, and which modelled errors no row names. The endpoint and keys come
from the environment; the certificates from the folder given.
"""

import base64
import json
import pathlib
import random
import string
import sys
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

ACCOUNT = "111111111111"
ONCE = botocore.config.Config(retries={"max_attempts": 1, "mode": "standard"})
files = pathlib.Path(sys.argv[1])


def client(service, **keys):
    return boto3.client(service, region_name="us-east-1", config=ONCE, **keys)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def text(name):
    return (files / name).read_text()


def noise(seed, length):
    """Letters that no compression makes shorter."""
    letters = random.Random(seed)
    return "".join(letters.choice(string.ascii_letters) for _ in range(length))


iam, sts = client("iam"), client("sts")
everything = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
trust = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"]})
web_trust = policy(
    {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/127.0.0.1"},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
)

iam.create_user(UserName="ann")
iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=everything)
key = iam.create_access_key(UserName="ann")["AccessKey"]
ann = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.create_role(RoleName="web", AssumeRolePolicyDocument=web_trust)
iam.create_login_profile(UserName="ann", Password="Harbour-Light-1")
iam.upload_ssh_public_key(UserName="ann", SSHPublicKeyBody=text("ssh.pub"))
iam.upload_signing_certificate(UserName="ann", CertificateBody=text("leaf.pem"))
iam.create_open_id_connect_provider(Url="https://127.0.0.1", ClientIDList=["app"], ThumbprintList=["a" * 40])
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="device")["VirtualMFADevice"]["SerialNumber"]
iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
reserved = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"


def web_token():
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    claims = {"iss": "https://127.0.0.1", "aud": "app", "sub": "s", "exp": 4102444800, "iat": 0}
    return f"{part({'alg': 'RS256', 'typ': 'JWT', 'kid': 'k'})}.{part(claims)}.{'A' * 342}"


def web_identity(token):
    return lambda: sts.assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/web", RoleSessionName="web", WebIdentityToken=token
    )


def assume(**more):
    return lambda: client("sts", **ann).assume_role(RoleArn=role, RoleSessionName="session", **more)


def expired_report():
    iam.generate_credential_report()
    iam.generate_credential_report()
    body = json.dumps({"advanceSeconds": 5 * 3600}).encode()
    url = f"{iam.meta.endpoint_url}/_roadstead/clock"
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")
    urllib.request.urlopen(request).close()


rows = {
    "iam": [
        ("DeleteConflictException", lambda: iam.delete_user(UserName="ann")),
        (
            "DuplicateCertificateException",
            lambda: (
                iam.create_user(UserName="bob"),
                iam.upload_signing_certificate(UserName="bob", CertificateBody=text("leaf.pem")),
            ),
        ),
        (
            "DuplicateSSHPublicKeyException",
            lambda: iam.upload_ssh_public_key(UserName="ann", SSHPublicKeyBody=text("ssh.pub")),
        ),
        ("EntityAlreadyExistsException", lambda: iam.create_user(UserName="ANN")),
        (
            "InvalidAuthenticationCodeException",
            lambda: iam.enable_mfa_device(
                UserName="ann", SerialNumber=device, AuthenticationCode1="000000", AuthenticationCode2="000000"
            ),
        ),
        (
            "InvalidCertificateException",
            lambda: iam.upload_signing_certificate(UserName="ann", CertificateBody=text("expired.pem")),
        ),
        ("InvalidInputException", lambda: iam.create_service_linked_role(AWSServiceName="nobody.amazonaws.com")),
        ("InvalidPublicKeyException", lambda: iam.upload_ssh_public_key(UserName="ann", SSHPublicKeyBody="ssh-rsa x")),
        ("InvalidUserTypeException", lambda: iam.change_password(OldPassword="a", NewPassword="b")),
        (
            "KeyPairMismatchException",
            lambda: iam.upload_server_certificate(
                ServerCertificateName="c", CertificateBody=text("leaf.pem"), PrivateKey=text("ca.key")
            ),
        ),
        (
            "LimitExceededException",
            lambda: iam.create_policy(
                PolicyName="long",
                PolicyDocument=policy(*[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}] * 200),
            ),
        ),
        (
            "MalformedCertificateException",
            lambda: iam.upload_signing_certificate(UserName="ann", CertificateBody="none"),
        ),
        ("MalformedPolicyDocumentException", lambda: iam.create_policy(PolicyName="p", PolicyDocument="{}")),
        ("NoSuchEntityException", lambda: iam.get_user(UserName="nobody")),
        (
            "PasswordPolicyViolationException",
            lambda: iam.update_login_profile(UserName="ann", Password="short"),
        ),
        ("PolicyNotAttachableException", lambda: iam.attach_user_policy(UserName="ann", PolicyArn=reserved)),
        ("CredentialReportNotPresentException", iam.get_credential_report),
        ("CredentialReportExpiredException", lambda: (expired_report(), iam.get_credential_report())),
        ("UnmodifiableEntityException", lambda: iam.delete_role(RoleName="AWSServiceRoleForECS")),
    ],
    "sts": [
        ("MalformedPolicyDocumentException", assume(Policy="{}")),
        (
            "PackedPolicyTooLargeException",
            assume(
                Policy=policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
                Tags=[{"Key": noise(i, 120), "Value": noise(i + 50, 250)} for i in range(50)],
            ),
        ),
        ("InvalidAuthorizationMessageException", lambda: sts.decode_authorization_message(EncodedMessage="nonsense")),
        ("InvalidIdentityTokenException", web_identity("nonsense")),
        ("IDPCommunicationErrorException", web_identity(web_token())),
    ],
}


def caught(service, name, call):
    """The name of the class, or what came instead."""
    exceptions = (iam if service == "iam" else sts).exceptions
    try:
        call()
    except getattr(exceptions, name) as error:
        assert error.response["Error"]["Message"], name
        return name
    except Exception as error:  # What came instead is the result.
        return repr(error)
    return "nothing"


answers = {
    service: {name: caught(service, name, call) for name, call in table} for service, table in rows.items()
}
modelled = {
    service: sorted({shape.name for shape in client(service).meta.service_model.error_shapes})
    for service in rows
}
print(json.dumps({"answers": answers, "modelled": modelled}))
